#include "sandbox/audit_proc.h"
#include "sandbox/privileges.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define LINK_BYTES 64
#define DEPTH_MAX 64 /* the most ancestors of a process to look at; more would mean a cycle */

/* --- processes of the sandbox --- */

static pid_t parent_of(const char *proc, pid_t pid)
{
	char value[16];

	return audit_status(proc, pid, "PPid", value, sizeof(value)) < 0 ? 0 : atoi(value);
}

/*
 * True if the process is in the PID namespace `space`. If the caller may not see the process's PID
 * namespace, true if the process is a descendant of the init.
 */
static bool is_in(const struct audit *audit, pid_t pid, const char *space)
{
	const char *proc = audit->target.proc;
	char own[LINK_BYTES];

	if (*space && audit_link(proc, pid, "ns/pid", own, sizeof(own)) == 0)
		return !strcmp(own, space);
	for (int depth = 0; pid > 1 && depth < DEPTH_MAX; depth++) {
		if (pid == audit->target.init)
			return true;
		pid = parent_of(proc, pid);
	}
	return false;
}

static int find_processes(struct audit *audit, struct err *err)
{
	const char *proc = audit->target.proc;
	char space[LINK_BYTES] = "";
	const struct dirent *entry;
	DIR *folder = opendir(proc);
	size_t room = 1;
	int r = 0;

	if (!folder)
		return err_errno(err, -errno, "read %s", proc);
	audit_link(proc, audit->target.init, "ns/pid", space, sizeof(space));
	while (r == 0 && (entry = readdir(folder))) {
		pid_t pid = atoi(entry->d_name), *more;

		if (pid <= 0 || pid == audit->target.init || !is_in(audit, pid, space))
			continue;
		if (audit->count == room) {
			more = realloc(audit->pids, 2 * room * sizeof(*more));
			r = more ? 0 : err_errno(err, -ENOMEM, "read %s", proc);
			audit->pids = more ? more : audit->pids;
			room *= 2;
		}
		if (r == 0)
			audit->pids[audit->count++] = pid;
	}
	closedir(folder);
	return r;
}

int audit_begin(struct audit *audit, const struct audit_target *target, struct err *err)
{
	struct audit made = {.target = *target};
	int r;

	made.launcher = target->init > 0 ? parent_of(target->proc, target->init) : 0;
	if (made.launcher <= 0)
		return err_text(err, -ESRCH, "no process %d", (int)target->init);
	r = privileges_prepare(err);
	if (r < 0)
		return r;
	made.pids = calloc(1, sizeof(*made.pids));
	if (!made.pids)
		return err_errno(err, -ENOMEM, "audit process %d", (int)target->init);
	made.pids[made.count++] = target->init;
	r = find_processes(&made, err);
	/*
	 * A failure to read the mounts is not reported here: each check that needs the mounts
	 * reports it.
	 */
	if (r == 0)
		made.mounts_error =
		    audit_read_mounts(target->proc, target->init, &made.mounts, &made.mounts_count);
	if (r < 0)
		audit_release(&made);
	else
		*audit = made;
	return r;
}

void audit_release(struct audit *audit)
{
	free(audit->pids);
	free(audit->mounts);
}

/* --- namespaces --- */

/*
 * Reads the process's namespace of the kind `kind`, as the link in /proc shows it:
 * "net:[4026531840]".
 */
static int space_of(const struct audit *audit, pid_t pid, const char *kind, char space[LINK_BYTES])
{
	char name[16];

	snprintf(name, sizeof(name), "ns/%s", kind);
	return audit_link(audit->target.proc, pid, name, space, LINK_BYTES);
}

static void check_namespaces(const struct audit *audit, struct audit_result *result)
{
	char own[LINK_BYTES], other[LINK_BYTES];
	const struct {
		pid_t pid;
		const char *whose;
	} others[] = {{0, "host"}, {audit->launcher, "launcher"}};

	for (size_t i = 0; i < AUDIT_NAMESPACES; i++) {
		int r = space_of(audit, audit->target.init, audit_namespaces[i], own);

		for (size_t j = 0; j < ARRAY_SIZE(others) && r == 0; j++) {
			r = space_of(audit, others[j].pid, audit_namespaces[i], other);
			if (r < 0 || strcmp(own, other))
				continue;
			audit_find(result, "its %s namespace is the %s's", audit_namespaces[i],
				   others[j].whose);
			break;
		}
		if (r < 0)
			audit_fail(result, r, "its namespaces");
	}
	audit_see(result, "%d of its own, neither the host's nor the launcher's", AUDIT_NAMESPACES);
}

static void check_members(const struct audit *audit, struct audit_result *result)
{
	char own[LINK_BYTES], its[LINK_BYTES];

	for (size_t i = 0; i < AUDIT_NAMESPACES; i++) {
		int r = space_of(audit, audit->target.init, audit_namespaces[i], own);

		if (r < 0)
			audit_fail(result, r, "its namespaces");
		for (size_t j = 1; j < audit->count && r == 0; j++) {
			int seen = space_of(audit, audit->pids[j], audit_namespaces[i], its);

			if (seen < 0)
				audit_miss(result, seen, "their namespaces");
			else if (strcmp(own, its))
				audit_find(result, "%s is in another %s namespace",
					   audit_who(audit, audit->pids[j]), audit_namespaces[i]);
		}
	}
	audit_see(result, "%zu, all in its namespaces", audit->count);
}

/* --- ids --- */

/*
 * Checks that the init's id map `name` has exactly one id, which is not the host's root. Sets
 * *outside to that id as the host numbers it.
 */
static void check_map(const struct audit *audit, const char *name, unsigned *outside,
		      struct audit_result *result)
{
	char text[512], *rest = text, *line = text;
	unsigned first = 0, count = 0;
	int r = audit_read(audit->target.proc, audit->target.init, name, text, sizeof(text));

	if (r < 0) {
		audit_fail(result, r, name);
		return;
	}
	line = strsep(&rest, "\n");
	if (sscanf(line, "%u %u %u", &first, outside, &count) != 3)
		audit_find(result, "its %s makes no sense", name);
	else if (rest && *rest)
		audit_find(result, "its %s has several ranges", name);
	else if (count != 1)
		audit_find(result, "its %s has %u ids", name, count);
	if (count && *outside == 0)
		audit_find(result, "id %u of its %s is 0 on the host", first, name);
}

/* Checks that all four ids of the process (real, effective, saved, file system) are `wanted`. */
static void check_ids_of(const struct audit *audit, pid_t pid, const char *key, unsigned wanted,
			 struct audit_result *result)
{
	unsigned ids[4];
	char value[64];
	int r = audit_status(audit->target.proc, pid, key, value, sizeof(value));

	if (r < 0) {
		audit_miss(result, r, key);
		return;
	}
	if (sscanf(value, "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) != 4)
		audit_find(result, "%s of %s makes no sense", key, audit_who(audit, pid));
	for (size_t i = 0; i < 4; i++) {
		if (ids[i] == wanted)
			continue;
		audit_find(result, "%s has %s %u", audit_who(audit, pid), key, ids[i]);
		return;
	}
}

static void check_ids(const struct audit *audit, struct audit_result *result)
{
	unsigned uid = 0, gid = 0;
	char groups[256] = "";

	check_map(audit, "uid_map", &uid, result);
	check_map(audit, "gid_map", &gid, result);
	if (result->state != AUDIT_OK)
		return;
	for (size_t i = 0; i < audit->count; i++) {
		check_ids_of(audit, audit->pids[i], "Uid", uid, result);
		check_ids_of(audit, audit->pids[i], "Gid", gid, result);
	}
	/*
	 * Where only the user's own id is mapped, the kernel denies setgroups(2), so the init keeps
	 * the user's groups. Report the groups, but not as a finding.
	 */
	audit_status(audit->target.proc, audit->target.init, "Groups", groups, sizeof(groups));
	audit_see(result, "one, %u:%u on the host%s%s", uid, gid,
		  *groups ? "; with its groups " : "", groups);
}

/* --- privileges --- */

/*
 * The capabilities that the process may have in its capability set `set`. The agent has some
 * capabilities of its own that its programs do not get.
 */
static uint64_t allowed_caps(const struct audit *audit, pid_t pid, const char *set)
{
	bool own = pid == audit->target.init && (!strcmp(set, "CapPrm") || !strcmp(set, "CapEff"));

	return audit->target.caps | (own ? privileges_of_agent() : 0);
}

static void check_capabilities(const struct audit *audit, struct audit_result *result)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	char given[64] = "";

	for (size_t i = 0; i < audit->count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sets); j++) {
			char value[32], *end;
			uint64_t set;
			int r = audit_status(audit->target.proc, audit->pids[i], sets[j], value,
					     sizeof(value));

			if (r < 0) {
				audit_miss(result, r, "capabilities");
				continue;
			}
			set = strtoull(value, &end, 16);
			if (set & ~allowed_caps(audit, audit->pids[i], sets[j]) || *end ||
			    end == value)
				audit_find(result, "%s of %s is %s", sets[j],
					   audit_who(audit, audit->pids[i]), value);
		}
	}
	if (audit->target.caps)
		snprintf(given, sizeof(given), " but %016" PRIx64 ", as was given",
			 audit->target.caps);
	audit_see(result, "none in the five sets of each%s; the agent's own are %016" PRIx64, given,
		  privileges_of_agent());
}

static void check_line(const struct audit *audit, const char *key, const char *wanted,
		       struct audit_result *result)
{
	char value[32];

	for (size_t i = 0; i < audit->count; i++) {
		int r = audit_status(audit->target.proc, audit->pids[i], key, value, sizeof(value));

		if (r < 0)
			audit_miss(result, r, key);
		else if (strcmp(value, wanted))
			audit_find(result, "%s of %s is %s, not %s", key,
				   audit_who(audit, audit->pids[i]), value, wanted);
	}
	audit_see(result, "%s of each", wanted);
}

static void check_no_new_privs(const struct audit *audit, struct audit_result *result)
{
	check_line(audit, "NoNewPrivs", "1", result);
}

static void check_seccomp(const struct audit *audit, struct audit_result *result)
{
	check_line(audit, "Seccomp", "2", result);
}

/*
 * `most`: the highest hard limit that a process may have, as privileges.c sets it. If `of_agent` is
 * true, the agent's soft limit takes the place of `most`, and only the programs are checked, not
 * the agent (base/programs.h).
 */
static const struct {
	const char *name;
	bool of_agent;
	uint64_t most;
} limits[] = {{"Max processes", true, 0},
	      {"Max open files", true, 0},
	      {"Max core file size", false, 0},
	      {"Max locked memory", false, 64 << 10}};

/* Returns false if `text` has no limit named `name`. */
static bool read_limit(const char *text, const char *name, uint64_t *soft, uint64_t *hard)
{
	const char *line = strstr(text, name);
	char words[2][32];

	if (!line || sscanf(line + strlen(name), "%31s %31s", words[0], words[1]) != 2)
		return false;
	*soft = strcmp(words[0], "unlimited") ? strtoull(words[0], NULL, 10) : UINT64_MAX;
	*hard = strcmp(words[1], "unlimited") ? strtoull(words[1], NULL, 10) : UINT64_MAX;
	return true;
}

static void check_limit(const struct audit *audit, pid_t pid, size_t which, const char *of_agent,
			const char *text, struct audit_result *result)
{
	const char *name = limits[which].name, *who = audit_who(audit, pid);
	uint64_t soft, hard, most = limits[which].most, unused;

	if (!read_limit(text, name, &soft, &hard)) {
		audit_find(result, "no %s of %s", name, who);
		return;
	}
	if (limits[which].of_agent &&
	    (!read_limit(of_agent, name, &most, &unused) || pid == audit->target.init))
		return;
	if (hard == UINT64_MAX)
		audit_find(result, "%s of %s: unlimited, not %" PRIu64, name, who, most);
	else if (hard > most)
		audit_find(result, "%s of %s: %" PRIu64 ", not %" PRIu64, name, who, hard, most);
}

static void check_limits(const struct audit *audit, struct audit_result *result)
{
	char text[4096], of_agent[4096];
	uint64_t files = 0, processes = 0, hard;
	int r = audit_read(audit->target.proc, audit->target.init, "limits", of_agent,
			   sizeof(of_agent));

	if (r < 0) {
		audit_miss(result, r, "limits");
		return;
	}
	for (size_t i = 0; i < audit->count; i++) {
		r = audit_read(audit->target.proc, audit->pids[i], "limits", text, sizeof(text));
		if (r < 0)
			audit_miss(result, r, "limits");
		for (size_t j = 0; j < ARRAY_SIZE(limits) && r == 0; j++)
			check_limit(audit, audit->pids[i], j, of_agent, text, result);
	}
	read_limit(of_agent, "Max open files", &files, &hard);
	read_limit(of_agent, "Max processes", &processes, &hard);
	audit_see(result, "of programs %" PRIu64 " descriptors each and %" PRIu64 " processes",
		  files, processes);
}

/* --- the agent --- */

/*
 * Runs in a child. Tries to read the link to the agent's program with all capabilities in the
 * sandbox's user namespace: no program of the sandbox can have more rights. Returns 0 if the kernel
 * allows it, EACCES if the kernel refuses, or another errno.
 */
static int try_to_look(const struct audit_target *target)
{
	char path[PATH_MAX];

	if (setns(target->pidfd, CLONE_NEWUSER) < 0)
		return errno;
	return audit_link(target->proc, target->init, "exe", path, sizeof(path)) == 0 ? 0 : EACCES;
}

static void check_agent(const struct audit *audit, struct audit_result *result)
{
	int status = EOPNOTSUPP << 8;
	pid_t pid = audit->target.pidfd < 0 ? -1 : fork();

	if (pid == 0)
		_exit(try_to_look(&audit->target));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		audit_miss(result, -EINTR, "the sandbox's user namespace");
	else if (WEXITSTATUS(status) == 0)
		audit_find(result, "its memory and program are open to root of the sandbox");
	else if (WEXITSTATUS(status) != EACCES)
		audit_miss(result, -WEXITSTATUS(status), "the sandbox's user namespace");
	audit_see(result, "closed to root of the sandbox");
}

/* --- the table --- */

const struct audit_check audit_checks[] = {
    {"namespaces", check_namespaces, false},
    {"processes", check_members, false},
    {"ids", check_ids, false},
    {"capabilities", check_capabilities, false},
    {"no_new_privs", check_no_new_privs, false},
    {"seccomp", check_seccomp, false},
    {"rlimits", check_limits, false},
    {"mounts", audit_check_mounts, false},
    {"masks", audit_check_masks, false},
    {"places", audit_check_places, false},
    {"descriptors", audit_check_descriptors, true},
    {"sockets", audit_check_sockets, true},
    {"agent", check_agent, false},
};

const size_t audit_checks_count = ARRAY_SIZE(audit_checks);

static int join_launcher(const struct audit *audit)
{
	char path[64];

	snprintf(path, sizeof(path), "%.32s/%d/ns/user", audit->target.proc, (int)audit->launcher);
	autoclose int space = open(path, O_RDONLY | O_CLOEXEC);
	return space < 0 || setns(space, CLONE_NEWUSER) < 0 ? -errno : 0;
}

static void __attribute__((noreturn))
look_within(const struct audit *audit, const struct audit_check *check, int to)
{
	struct audit_result seen = {0};

	if (join_launcher(audit) < 0)
		_exit(1);
	check->look(audit, &seen);
	_exit(write(to, &seen, sizeof(seen)) != sizeof(seen));
}

/*
 * Repeats the check with all capabilities in the launcher's user namespace, which that namespace's
 * owner may join. Runs the check in a child, since a process cannot return from there. If the child
 * fails, `result` stays as it is.
 */
static void look_again(const struct audit *audit, const struct audit_check *check,
		       struct audit_result *result)
{
	struct audit_result seen;
	autoclose int from = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	from = ends[0];
	pid = fork();
	if (pid == 0)
		look_within(audit, check, ends[1]);
	close(ends[1]);
	if (pid > 0 && read(from, &seen, sizeof(seen)) == sizeof(seen))
		*result = seen;
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void audit_look(const struct audit *audit, const struct audit_check *check,
		struct audit_result *result)
{
	*result = (struct audit_result){0};
	check->look(audit, result);
	if (result->state == AUDIT_UNKNOWN && check->from_launcher && audit->target.pidfd >= 0)
		look_again(audit, check, result);
}
