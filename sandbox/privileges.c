#include "sandbox/privileges.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/*
 * A node's limits: enough for the agent (3 threads, some 30 descriptors) and real
 * programs, little enough that a fork loop or a leak ends inside its own node.
 */
static const struct {
	int resource;
	const char *name;
	rlim_t limit;
} limits[] = {
    {RLIMIT_NPROC, "nproc", 512},
    {RLIMIT_NOFILE, "nofile", 4096},
    {RLIMIT_CORE, "core", 0},
    {RLIMIT_MEMLOCK, "memlock", 64 << 10},
    {RLIMIT_MSGQUEUE, "msgqueue", 1 << 20},
    {RLIMIT_SIGPENDING, "sigpending", 1024},
    {RLIMIT_NICE, "nice", 0},
    {RLIMIT_RTPRIO, "rtprio", 0},
};

static cap_t none; /* an empty set; lives as long as the process */
static cap_value_t cap_count;

int privileges_prepare(struct err *err)
{
	if (!none)
		none = cap_init();
	if (!none)
		return err_errno(err, -errno, "allocate a capability set");
	cap_count = cap_max_bits();
	return 0;
}

/*
 * Ambient ones pass on to what is executed. None of them is in effect before that: who calls has
 * no use for them.
 */
static int keep_for_programs(uint64_t keep, struct err *err)
{
	cap_t kept = cap_dup(none);
	int r = kept ? 0 : -errno;

	for (cap_value_t cap = 0; cap < cap_count && r == 0; cap++)
		if (keep >> cap & 1 && (cap_set_flag(kept, CAP_PERMITTED, 1, &cap, CAP_SET) < 0 ||
					cap_set_flag(kept, CAP_INHERITABLE, 1, &cap, CAP_SET) < 0))
			r = -errno;
	if (r == 0 && cap_set_proc(kept) < 0)
		r = -errno;
	for (cap_value_t cap = 0; cap < cap_count && r == 0; cap++)
		if (keep >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			r = -errno;
	cap_free(kept);
	return r < 0 ? err_errno(err, r, "keep capabilities") : 0;
}

int privileges_drop(uint64_t keep, struct err *err)
{
	for (cap_value_t cap = 0; cap < cap_count; cap++)
		if (!(keep >> cap & 1) && cap_drop_bound(cap) < 0)
			return err_errno(err, -errno, "drop capability %d of the bounding set",
					 cap);
	/* cap_reset_ambient() looks at each of them first. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_errno(err, -errno, "clear the ambient capabilities");
	if (keep && keep_for_programs(keep, err) < 0)
		return err ? err->code : -EIO;
	if (!keep && cap_set_proc(none) < 0)
		return err_errno(err, -errno, "empty the capability sets");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, -errno, "set no_new_privs");
	return 0;
}

int privileges_limit(struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit limit = {limits[i].limit, limits[i].limit};

		if (setrlimit(limits[i].resource, &limit) == 0)
			continue;
		/* A host that allows less has the last word. */
		if (getrlimit(limits[i].resource, &limit) < 0 || limit.rlim_max > limits[i].limit)
			return err_errno(err, -errno, "limit %s", limits[i].name);
	}
	return 0;
}
