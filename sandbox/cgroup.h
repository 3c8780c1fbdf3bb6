/*
 * Limits of sandboxes that the kernel enforces by control groups: memory, processes, processor
 * time, and disk reads and writes. Below the launcher's own group lies the tree's group,
 * bonsai-PID; below that one lies a group nID for each sandbox. These groups are in each hierarchy
 * of version 1 that has one of the controllers, or in the hierarchy of version 2. The launcher
 * opens its own group before it loses sight of the host's files, and reaches all groups from that
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
	bool bound[CGROUP_CONTROLLERS]; /* the tree has such a limit: each sandbox needs a group */
	const char *name;		/* name of the tree's group */
	struct cgroup_place {
		int own;  /* the launcher's own group with the controller; -1: none */
		int tree; /* the tree's group below `own`; -1: not made yet */
		bool unified;
		bool handed_on; /* version 2: the sandboxes' groups have the controller */
		char path[128]; /* of `own`, for messages */
	} places[CGROUP_CONTROLLERS];
};

/*
 * Opens the launcher's own groups. A controller that the host lacks is reported only when a limit
 * needs it. `tree` is the name of the tree's group; it is not copied.
 */
void cgroups_open(struct cgroups *groups, const char *tree);

void cgroups_close(struct cgroups *groups);

/*
 * Makes the groups of sandbox `id` in all hierarchies. If a group that a limit needs cannot be
 * made, fails and leaves no group of the sandbox. `limits` are the sandbox's.
 */
int cgroup_make(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		struct err *err);

/* Moves process `pid` into the groups of sandbox `id`. */
int cgroup_enter(struct cgroups *groups, uint32_t id, pid_t pid, struct err *err);

/* Moves all processes of a sandbox that was started before into its groups; see gather.h. */
int cgroup_gather(struct cgroups *groups, uint32_t id, int pidfd, struct err *err);

/*
 * Puts the limits of a sandbox in force for the first time. In version 2 the first call hands the
 * controllers on to the sandboxes' groups. Then the launcher's own group may contain only processes
 * that step aside (cgroup_aside.h).
 */
int cgroup_limit(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		 struct err *err);

/*
 * True if a controller of version 2 is still to be handed on. Then no sandbox may be in the
 * launcher's own group when the first limit is set.
 */
bool cgroup_must_hand_on(const struct cgroups *groups);

/*
 * Changes the limits that differ between `old` and `limits`; 0 lifts a limit. On failure all limits
 * are as before. If a memory limit is below what is in use, the kernel may refuse it (version 1) or
 * kill processes (version 2). SANDBOX_NO_PARENT: changes the limits of the tree's group, which bind
 * all sandboxes together.
 */
int cgroup_change(struct cgroups *groups, uint32_t id, const struct sandbox_limits *old,
		  const struct sandbox_limits *limits, struct err *err);

/*
 * Sends SIGKILL to all processes of a sandbox that has groups, where version 2 can (Linux 5.14).
 * The kernel kills them too when the init has ended, but only once all threads of the init have
 * run. Processes that fork all the time can keep those threads from the processor for a minute.
 */
void cgroup_kill(struct cgroups *groups, uint32_t id);

/* Removes all groups of a sandbox. Its processes must have ended. */
void cgroup_remove(struct cgroups *groups, uint32_t id);

/*
 * Returns a descriptor for epoll, to be watched for *events, or a negative errno. The descriptor is
 * ready when the sandbox may have met its memory limit, until cgroup_met_memory reads it.
 * SANDBOX_NO_PARENT: watches the tree's limit.
 */
int cgroup_watch_memory(struct cgroups *groups, uint32_t id, uint32_t *events);

/*
 * True if the watched memory limit was met since the last call. *met counts how often; it starts at
 * 0. In version 1 the kernel also notifies each sandbox when the tree meets its limit.
 */
bool cgroup_met_memory(const struct cgroups *groups, int watch, uint64_t *met);

/* How many processes of the sandbox were killed for lack of memory. 0 if that is not known. */
uint64_t cgroup_count_kills(struct cgroups *groups, uint32_t id);

/* How many processes and threads are in the tree's group. 0 if that is not known. */
uint64_t cgroup_count_pids(struct cgroups *groups);

#endif
