/*
 * Limits of sandboxes that the kernel enforces by control groups: memory, processes, processor
 * time, and disk reads and writes. The tree's group, bonsai-PID, lies below the launcher's own
 * group. Below the tree's group lies a group nID for each sandbox. These groups are in each version
 * 1 hierarchy that has one of the controllers, or in the version 2 hierarchy. The launcher opens
 * its own group while it can still see the host's files, and reaches all groups from that
 * descriptor.
 *
 * The launcher makes no group before the first limit is requested. It removes a sandbox's groups
 * with the sandbox, and the tree's groups when it exits (hierarchies.h). If the launcher is killed,
 * its sweeper removes the groups. If the sweeper is killed as well, the next launcher removes them.
 */
#ifndef BONSAI_SANDBOX_CGROUP_H
#define BONSAI_SANDBOX_CGROUP_H

#include "base/err.h"
#include "sandbox/cgroup_io.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>

enum cgroup_controller { CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CPU, CGROUP_IO, CGROUP_CONTROLLERS };

struct cgroups {
	struct disks disks;
	bool bound[CGROUP_CONTROLLERS]; /* the tree has this limit: each sandbox needs a group */
	const char *name;		/* name of the tree's group */
	struct cgroup_place {
		int own;  /* the launcher's own group in the controller's hierarchy; -1: none */
		int tree; /* the tree's group below `own`; -1: not made yet */
		bool unified;
		bool handed_on; /* version 2: the sandboxes' groups have the controller */
		char path[128]; /* of `own`, for messages */
	} places[CGROUP_CONTROLLERS];
};

/*
 * Opens the launcher's own groups. Does not fail if the host lacks a controller: that is reported
 * when a limit needs the controller. `tree` is the name of the tree's group; the string is not
 * copied.
 */
void cgroups_open(struct cgroups *groups, const char *tree);

void cgroups_close(struct cgroups *groups);

/*
 * Makes the groups of sandbox `id` in all hierarchies. `limits` are the sandbox's limits. If it
 * cannot make a group that a limit needs, fails and leaves no group of the sandbox.
 */
int cgroup_make(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		struct err *err);

/* Moves process `pid` into the groups of sandbox `id`. */
int cgroup_enter(struct cgroups *groups, uint32_t id, pid_t pid, struct err *err);

/* Moves all processes of a running sandbox into its groups, which were made later; see gather.h. */
int cgroup_gather(struct cgroups *groups, uint32_t id, int pidfd, struct err *err);

/*
 * Puts the limits of a sandbox in force for the first time. In version 2 the first call hands the
 * controllers on to the sandboxes' groups: for that it moves the launcher and its helpers out of
 * the launcher's own group (cgroup_aside.h). If that group contains other processes, a limit is
 * refused with -EBUSY.
 */
int cgroup_limit(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		 struct err *err);

/*
 * True if a version 2 controller is not handed on to the sandboxes' groups yet. Before the first
 * limit is set, all sandboxes must then be moved out of the launcher's own group.
 */
bool cgroup_must_hand_on(const struct cgroups *groups);

/*
 * Changes the limits that differ between `old` and `limits`; 0 lifts a limit. On failure all limits
 * are as before. If a new memory limit is below what is in use, the kernel may refuse the limit
 * (version 1) or kill processes (version 2). SANDBOX_NO_PARENT: changes the limits of the tree's
 * group, which bind all sandboxes together.
 */
int cgroup_change(struct cgroups *groups, uint32_t id, const struct sandbox_limits *old,
		  const struct sandbox_limits *limits, struct err *err);

/*
 * Sends SIGKILL to all processes of a sandbox that has groups, where version 2 can (Linux 5.14).
 * The kernel also kills these processes when the init has ended, but only once all threads of the
 * init have run. Processes that fork all the time can keep the init's threads from the processor
 * for a minute.
 */
void cgroup_kill(struct cgroups *groups, uint32_t id);

/* Removes all groups of a sandbox. The sandbox's processes must have ended. */
void cgroup_remove(struct cgroups *groups, uint32_t id);

/*
 * Returns a descriptor for epoll and sets *events to the events to watch for, or returns a negative
 * errno. The descriptor becomes ready when the sandbox may have met its memory limit. It stays
 * ready until cgroup_met_memory reads it. SANDBOX_NO_PARENT: watches the tree's limit.
 */
int cgroup_watch_memory(struct cgroups *groups, uint32_t id, uint32_t *events);

/*
 * True if the watched memory limit was met since the last call. *met counts how often the limit was
 * met; the caller sets *met to 0 before the first call. In version 1 the kernel also notifies each
 * sandbox when the tree meets its limit.
 */
bool cgroup_met_memory(const struct cgroups *groups, int watch, uint64_t *met);

/*
 * Returns how many processes of the sandbox were killed for lack of memory. 0 if the number is not
 * known.
 */
uint64_t cgroup_count_kills(struct cgroups *groups, uint32_t id);

/* Returns how many processes and threads are in the tree's group. 0 if the number is not known. */
uint64_t cgroup_count_pids(struct cgroups *groups);

#endif
