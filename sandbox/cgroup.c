#include "sandbox/cgroup.h"

#include "sandbox/cgroup_aside.h"
#include "sandbox/cgroup_place.h"
#include "sandbox/gather.h"
#include "sandbox/hierarchies.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#define SELF "/proc/self"
#define PERIOD_US 100000 /* period of the processor quota */
#define TEXT_BYTES 48

static const struct {
	const char *name;
	const char *files[2];  /* names of the file in version 1 and in version 2 */
	const char *lifted[2]; /* the text for "no limit" in versions 1 and 2 */
} controllers[CGROUP_CONTROLLERS] = {
    [CGROUP_MEMORY] = {"memory", {"memory.limit_in_bytes", "memory.max"}, {"-1", "max"}},
    [CGROUP_PIDS] = {"pids", {"pids.max", "pids.max"}, {"max", "max"}},
    [CGROUP_CPU] = {"cpu", {"cpu.cfs_quota_us", "cpu.max"}, {"-1", "max"}},
    [CGROUP_IO] = {"io", {NULL, NULL}, {NULL, NULL}}, /* see cgroup_io.h */
};

static uint64_t value_of(const struct sandbox_limits *limits, enum cgroup_controller controller)
{
	const uint64_t values[CGROUP_CONTROLLERS] = {limits->memory_bytes, limits->pids,
						     (uint64_t)limits->cpu_milli * PERIOD_US / 1000,
						     limits->io_bytes};

	return values[controller];
}

static int open_group(int at, const char *name)
{
	return openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void node_name(char name[16], uint32_t id)
{
	snprintf(name, 16, GROUP_OF_SANDBOX, id);
}

void cgroups_open(struct cgroups *groups, const char *tree)
{
	char path[PATH_MAX];

	groups->name = tree;
	disks_find(&groups->disks, "/sys/block");
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		struct cgroup_place *place = &groups->places[i];

		place->own = place->tree = -1;
		if (!cgroup_find_place(SELF, controllers[i].name, path, sizeof(path),
				       &place->unified))
			continue;
		place->own = open_group(AT_FDCWD, path);
		snprintf(place->path, sizeof(place->path), "%.*s", (int)sizeof(place->path) - 1,
			 path);
	}
}

/* --- the tree's group --- */

/*
 * Version 2: hands the controller on from the launcher's own group to the tree's group, and from
 * the tree's group to the sandboxes' groups. From then on neither the launcher's own group nor the
 * tree's group may contain a process.
 */
static int hand_on(struct cgroups *groups, enum cgroup_controller controller)
{
	struct cgroup_place *place = &groups->places[controller];
	char text[16];
	int r;

	if (!place->unified || place->handed_on)
		return 0;
	r = cgroup_step_aside(place->own, groups->name);
	snprintf(text, sizeof(text), "+%s", controllers[controller].name);
	if (r == 0)
		r = cgroup_write(place->own, "cgroup.subtree_control", text);
	if (r == 0)
		r = cgroup_write(place->tree, "cgroup.subtree_control", text);
	place->handed_on = r == 0;
	return r;
}

static int make_tree(struct cgroups *groups, enum cgroup_controller controller)
{
	struct cgroup_place *place = &groups->places[controller];

	if (place->tree >= 0)
		return 0;
	if (place->own < 0)
		return -ENODEV;
	if (mkdirat(place->own, groups->name, 0755) < 0 && errno != EEXIST)
		return -errno;
	place->tree = open_group(place->own, groups->name);
	return place->tree < 0 ? -errno : 0;
}

void cgroups_close(struct cgroups *groups)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		cleanup_close(&groups->places[i].tree);
		cleanup_close(&groups->places[i].own);
		groups->places[i].tree = groups->places[i].own = -1;
		groups->places[i].handed_on = false;
	}
	disks_release(&groups->disks);
}

/* --- a sandbox's group --- */

/*
 * A sandbox that may swap meets its memory limit only later. So where the kernel counts swap, allow
 * no swap in addition to the memory limit.
 */
static int write_memory(int group, bool unified, const char *text)
{
	int r;

	if (unified) {
		r = cgroup_write(group, "memory.max", text);
		if (r == 0)
			cgroup_write(group, "memory.swap.max", strcmp(text, "max") ? "0" : "max");
		return r;
	}
	/*
	 * The kernel refuses a memory.memsw.limit_in_bytes below memory.limit_in_bytes. To raise
	 * the limit, the memsw file must be written first; to lower the limit, last. So write it
	 * both first and last.
	 */
	cgroup_write(group, "memory.memsw.limit_in_bytes", text);
	r = cgroup_write(group, "memory.limit_in_bytes", text);
	if (r == 0)
		cgroup_write(group, "memory.memsw.limit_in_bytes", text);
	return r;
}

static int write_limit(const struct cgroups *groups, int group, enum cgroup_controller controller,
		       uint64_t value)
{
	bool unified = groups->places[controller].unified;
	const char *file = controllers[controller].files[unified];
	char text[TEXT_BYTES];

	if (controller == CGROUP_IO)
		return cgroup_write_io(group, unified, &groups->disks, value);
	if (!value)
		snprintf(text, sizeof(text), "%s", controllers[controller].lifted[unified]);
	else if (controller == CGROUP_CPU && unified)
		snprintf(text, sizeof(text), "%" PRIu64 " %d", value, PERIOD_US);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	return controller == CGROUP_MEMORY ? write_memory(group, unified, text)
					   : cgroup_write(group, file, text);
}

/* Opens the group of sandbox `id`. SANDBOX_NO_PARENT: returns a duplicate of the tree's group. */
static int open_of(const struct cgroups *groups, enum cgroup_controller controller, uint32_t id)
{
	char name[16];
	int group;

	if (groups->places[controller].tree < 0)
		return -ENODEV;
	if (id == SANDBOX_NO_PARENT) {
		group = fcntl(groups->places[controller].tree, F_DUPFD_CLOEXEC, 0);
		return group < 0 ? -errno : group;
	}
	node_name(name, id);
	group = open_group(groups->places[controller].tree, name);
	return group < 0 ? -errno : group;
}

/*
 * Makes the group of sandbox `id` in the hierarchy of `controller`. Accepts a group that exists: in
 * version 2 all controllers share one group.
 */
static int make_group(struct cgroups *groups, enum cgroup_controller controller, uint32_t id)
{
	char name[16];
	int r = make_tree(groups, controller);

	if (r < 0)
		return r;
	node_name(name, id);
	return mkdirat(groups->places[controller].tree, name, 0755) < 0 && errno != EEXIST ? -errno
											   : 0;
}

static int refuse(const struct cgroups *groups, enum cgroup_controller controller, int code,
		  struct err *err)
{
	const struct cgroup_place *place = &groups->places[controller];
	const char *name = controllers[controller].name;

	if (place->own < 0)
		return err_text(err, code,
				"limit %s: this host has no control groups for it; see bonsai "
				"doctor",
				name);
	if (controller == CGROUP_IO && code == -EOPNOTSUPP)
		return err_text(
		    err, code,
		    "limit io: version 1 of control groups has none for a tree, but for "
		    "each node");
	if (controller == CGROUP_IO && code == -ENODEV)
		return err_text(err, code, "limit io: this host shows no disk that takes one");
	return err_text(err, code, "limit %s: no control group below %s: %s; see bonsai doctor",
			name, place->path, strerror(-code));
}

/*
 * Reports why the kernel refused a limit. -EBUSY: the limit is below what is in use. -EINVAL in
 * version 1: the sandbox's processor quota is above the tree's.
 */
static int refuse_change(const struct cgroups *groups, enum cgroup_controller controller, int code,
			 struct err *err)
{
	const char *name = controllers[controller].name;

	/*
	 * In version 2, as long as the controller is not handed on, -EBUSY means something else:
	 * processes that are not Bonsai's are in the launcher's own group.
	 */
	if (code == -EBUSY &&
	    (!groups->places[controller].unified || groups->places[controller].handed_on))
		return err_text(err, code, "limit %s: more than that is in use", name);
	if (code == -EINVAL && controller == CGROUP_CPU)
		return err_text(err, code, "limit %s: a node's can't be above the tree's", name);
	return refuse(groups, controller, code, err);
}

/*
 * True if the sandbox or the tree has a limit of this controller. If not, it is no error that the
 * host lacks the controller.
 */
static bool is_needed(const struct cgroups *groups, enum cgroup_controller controller,
		      const struct sandbox_limits *limits)
{
	return value_of(limits, controller) || groups->bound[controller];
}

int cgroup_make(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int r = make_group(groups, i, id);

		if (r < 0 && is_needed(groups, i, limits)) {
			cgroup_remove(groups, id);
			return refuse_change(groups, i, r, err);
		}
	}
	return 0;
}

int cgroup_enter(struct cgroups *groups, uint32_t id, pid_t pid, struct err *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		autoclose int group = open_of(groups, i, id);
		int r = group < 0 ? 0 : cgroup_write(group, "cgroup.procs", text);

		if (r < 0)
			return err_errno(err, r, "move into the control group of %s",
					 controllers[i].name);
	}
	return 0;
}

int cgroup_gather(struct cgroups *groups, uint32_t id, int pidfd, struct err *err)
{
	int open[CGROUP_CONTROLLERS], count = 0, r;
	bool unified = false;

	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int group = groups->places[i].unified && unified ? -1 : open_of(groups, i, id);

		if (group < 0)
			continue;
		open[count++] = group;
		unified |= groups->places[i].unified;
	}
	r = gather_processes(pidfd, open, count);
	while (count > 0)
		close(open[--count]);
	if (r == -EACCES)
		return err_text(err, r,
				"sandbox %u was created in no control group, and of version 1 only "
				"root can move it into one",
				id);
	if (r == -EBUSY)
		return err_text(err, r,
				"sandbox %u starts programs faster than they are moved into its "
				"control group; freeze it first",
				id);
	return r < 0 ? err_errno(err, r, "move sandbox %u into its control group", id) : 0;
}

int cgroup_limit(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		 struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		uint64_t value = value_of(limits, i);
		autoclose int group = open_of(groups, i, id);
		int r = group < 0 ? group : hand_on(groups, i);

		/*
		 * Open the group and hand the controller on even if there is no limit now, so that
		 * a limit can be set later.
		 */
		if (r == 0 && value)
			r = write_limit(groups, group, i, value);
		if (r < 0 && is_needed(groups, i, limits))
			return refuse_change(groups, i, r, err);
	}
	return 0;
}

/*
 * Changes the limit of one controller. Version 1 limits the disk use of each group separately: a
 * limit of the tree's group would not bind the sandboxes' groups. So in version 1 a disk limit of
 * the tree is refused with -EOPNOTSUPP.
 */
static int change_one(struct cgroups *groups, enum cgroup_controller controller, uint32_t id,
		      uint64_t value)
{
	bool tree = id == SANDBOX_NO_PARENT;
	autoclose int group = -1;
	int r = tree ? make_tree(groups, controller) : 0;

	if (r == 0)
		r = hand_on(groups, controller);
	if (r == 0 && tree && value && controller == CGROUP_IO &&
	    !groups->places[CGROUP_IO].unified)
		return -EOPNOTSUPP;
	group = r < 0 ? r : open_of(groups, controller, id);
	r = group < 0 ? group : write_limit(groups, group, controller, value);
	if (r == 0 && tree)
		groups->bound[controller] = value;
	return r;
}

int cgroup_change(struct cgroups *groups, uint32_t id, const struct sandbox_limits *old,
		  const struct sandbox_limits *limits, struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int r = value_of(limits, i) == value_of(old, i)
			    ? 0
			    : change_one(groups, i, id, value_of(limits, i));

		if (r == 0)
			continue;
		/* Restore the limits that were changed before the failure. */
		for (int done = 0; done < i; done++)
			if (value_of(limits, done) != value_of(old, done))
				change_one(groups, done, id, value_of(old, done));
		return refuse_change(groups, i, r, err);
	}
	return 0;
}

void cgroup_kill(struct cgroups *groups, uint32_t id)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		autoclose int group = groups->places[i].unified ? open_of(groups, i, id) : -1;

		if (group >= 0 && cgroup_write(group, "cgroup.kill", "1") == 0)
			return;
	}
}

void cgroup_remove(struct cgroups *groups, uint32_t id)
{
	char name[16];

	node_name(name, id);
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (groups->places[i].tree >= 0)
			unlinkat(groups->places[i].tree, name, AT_REMOVEDIR);
}

/* --- lack of memory --- */

/*
 * Reads the number from a line "NAME NUMBER" of a file. `name` is "\nNAME ", from the newline to
 * the blank. Returns 0 if there is no such line.
 */
static uint64_t number_of(int file, const char *name)
{
	char text[512] = "\n";
	const char *line;
	ssize_t n = file < 0 ? -1 : pread(file, text + 1, sizeof(text) - 2, 0);

	if (n < 0)
		return 0;
	text[n + 1] = '\0';
	line = strstr(text, name);
	return line ? strtoull(line + strlen(name), NULL, 10) : 0;
}

static int open_file(int group, const char *name)
{
	return openat(group, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_watch_memory(struct cgroups *groups, uint32_t id, uint32_t *events)
{
	bool unified = groups->places[CGROUP_MEMORY].unified;
	autoclose int group = open_of(groups, CGROUP_MEMORY, id);
	autoclose int file = -1, event = -1;
	char text[TEXT_BYTES];
	int r;

	if (group < 0)
		return group;
	/*
	 * For the tree use memory.events.local, which counts only how often the tree met its own
	 * limit. memory.events would also count how often a sandbox met its limit.
	 */
	file = open_file(group, !unified		  ? "memory.oom_control"
				: id == SANDBOX_NO_PARENT ? "memory.events.local"
							  : "memory.events");
	if (file < 0)
		return -errno;
	*events = unified ? EPOLLPRI : EPOLLIN;
	if (unified)
		return steal_fd(&file);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d %d", event, file);
	r = cgroup_write(group, "cgroup.event_control", text);
	return r < 0 ? r : steal_fd(&event);
}

bool cgroup_must_hand_on(const struct cgroups *groups)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (groups->places[i].unified && !groups->places[i].handed_on)
			return true;
	return false;
}

bool cgroup_met_memory(const struct cgroups *groups, int watch, uint64_t *met)
{
	uint64_t before = *met, more;

	if (groups->places[CGROUP_MEMORY].unified)
		*met = number_of(watch, "\noom ");
	else if (eventfd_read(watch, &more) == 0)
		*met += more;
	return *met > before;
}

uint64_t cgroup_count_kills(struct cgroups *groups, uint32_t id)
{
	bool unified = groups->places[CGROUP_MEMORY].unified;
	autoclose int group = open_of(groups, CGROUP_MEMORY, id);
	autoclose int file =
	    group < 0 ? -1 : open_file(group, unified ? "memory.events" : "memory.oom_control");

	return number_of(file, "\noom_kill ");
}

uint64_t cgroup_count_pids(struct cgroups *groups)
{
	autoclose int group = open_of(groups, CGROUP_PIDS, SANDBOX_NO_PARENT);
	autoclose int file = group < 0 ? -1 : openat(group, "pids.current", O_RDONLY | O_CLOEXEC);
	char text[TEXT_BYTES];
	ssize_t n = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

	if (n < 0)
		return 0;
	text[n] = '\0';
	return strtoull(text, NULL, 10);
}
