#include "sandbox/privileges.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/*
 * Limits of a node, beside those that the launcher sets (limit.c). They are enough for the agent
 * and real programs, and low enough that a leak ends inside its own node. A fork loop is bounded by
 * RLIMIT_NPROC (limit.c).
 */
static const struct {
	int resource;
	const char *name;
	rlim_t limit;
} limits[] = {
    {RLIMIT_CORE, "core", 0},
    {RLIMIT_MEMLOCK, "memlock", 64 << 10},
    {RLIMIT_MSGQUEUE, "msgqueue", 1 << 20},
    {RLIMIT_SIGPENDING, "sigpending", 1024},
    {RLIMIT_NICE, "nice", 0},
    {RLIMIT_RTPRIO, "rtprio", 0},
};

#define BIT(cap) (UINT64_C(1) << (cap))

static cap_t empty; /* lives as long as the process */
static cap_value_t cap_count;
static uint64_t of_agent;

/* True if a process without effective capabilities may attach a filter to a socket. */
static bool may_filter(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	const struct sock_fprog program = {1, &all};
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cap_t before = cap_get_proc(), without = cap_dup(before);
	bool may = true;

	if (fd >= 0 && without && cap_clear_flag(without, CAP_EFFECTIVE) == 0 &&
	    cap_set_proc(without) == 0) {
		may = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
		cap_set_proc(before);
	}
	cap_free(without);
	cap_free(before);
	return may;
}

int privileges_prepare(struct err *err)
{
	if (!empty)
		empty = cap_init();
	if (!empty)
		return err_errno(err, -errno, "allocate a capability set");
	cap_count = cap_max_bits();
	if (!of_agent)
		of_agent = BIT(CAP_NET_BIND_SERVICE) | (may_filter() ? 0 : BIT(CAP_NET_ADMIN));
	return 0;
}

uint64_t privileges_of_agent(void)
{
	return of_agent;
}

static int set_flags(cap_t set, uint64_t caps, cap_flag_t flag)
{
	for (cap_value_t cap = 0; cap < cap_count; cap++)
		if (caps >> cap & 1 && cap_set_flag(set, flag, 1, &cap, CAP_SET) < 0)
			return -errno;
	return 0;
}

static int set_sets(uint64_t keep, uint64_t own)
{
	cap_t set = cap_dup(empty);
	int r = set ? 0 : -errno;

	if (r == 0)
		r = set_flags(set, keep | own, CAP_PERMITTED);
	if (r == 0)
		r = set_flags(set, keep, CAP_INHERITABLE);
	if (r == 0)
		r = set_flags(set, own, CAP_EFFECTIVE);
	if (r == 0 && cap_set_proc(set) < 0)
		r = -errno;
	cap_free(set);
	return r;
}

/* Call after set_sets: the kernel raises only capabilities that are permitted and inheritable. */
static int raise_ambient(uint64_t keep)
{
	for (cap_value_t cap = 0; cap < cap_count; cap++)
		if (keep >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}

int privileges_drop(uint64_t keep, uint64_t own, struct err *err)
{
	int r;

	for (cap_value_t cap = 0; cap < cap_count; cap++)
		if (!(keep >> cap & 1) && cap_drop_bound(cap) < 0)
			return err_errno(err, -errno, "drop capability %d of the bounding set",
					 cap);
	/* Do not use cap_reset_ambient(): it queries each capability first. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_errno(err, -errno, "clear the ambient capabilities");
	r = set_sets(keep, own);
	if (r == 0)
		r = raise_ambient(keep);
	if (r < 0)
		return err_errno(err, r, "set the capabilities");
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
		/*
		 * If the host's limit is lower, setrlimit(2) fails and the lower limit stays in
		 * force: no error.
		 */
		if (getrlimit(limits[i].resource, &limit) < 0 || limit.rlim_max > limits[i].limit)
			return err_errno(err, -errno, "limit %s", limits[i].name);
	}
	return 0;
}
