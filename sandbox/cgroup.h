/*
 * The limits of sandboxes that the kernel keeps by control groups: memory, processes,
 * processor time, and reading and writing of disks. Below the group in which the launcher is lies
 * one of its tree, bonsai-PID, and in that one a sandbox, nID: in each hierarchy of version 1 that
 * has one of the controllers, or in the one of version 2. The launcher opens its own group before
 * it loses sight of the host's files, and reaches everything from that descriptor.
 *
 * Nothing is made before the first limit is asked for; a tree without any has no groups.
 * What was made is removed with the sandbox, and at the end of the launcher (hierarchies.h); what a
 * killed launcher left is removed by its sweeper, or, should that have been killed as well, by the
 * next launcher.
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
	bool bound[CGROUP_CONTROLLERS]; /* the tree has a limit of it: no sandbox without a group */
	const char *name;		/* of the tree's group */
	struct cgroup_place {
		int own;  /* our own group, where there is one with the controller; or -1 */
		int tree; /* the tree's in it; -1: not made yet */
		bool unified;
		bool handed_on; /* of version 2: sandboxes' groups have the controller */
		char path[128]; /* of our own, to be shown */
	} places[CGROUP_CONTROLLERS];
};

/*
 * Finds our own groups. What is lacking is told when it is asked for. `tree` is what the tree's
 * will be called; it is not copied.
 */
void cgroups_open(struct cgroups *groups, const char *tree);

void cgroups_close(struct cgroups *groups);

/*
 * Makes the groups of sandbox `id`, in all hierarchies that there are. Fails, and leaves nothing,
 * where one that these limits need cannot be had.
 */
int cgroup_make(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		struct err *err);

/* Moves a process into them. */
int cgroup_enter(struct cgroups *groups, uint32_t id, pid_t pid, struct err *err);

/* Or all processes of the sandbox, which has begun before; see gather.h. */
int cgroup_gather(struct cgroups *groups, uint32_t id, int pidfd, struct err *err);

/*
 * Puts these limits in force. In version 2, where not done before, the controllers are handed on to
 * the sandboxes first, for which our own group must have no process but those that step aside.
 */
int cgroup_limit(struct cgroups *groups, uint32_t id, const struct sandbox_limits *limits,
		 struct err *err);

/* Whether handing on is to be done yet: then no sandbox may be in our own group before a limit. */
bool cgroup_must_hand_on(const struct cgroups *groups);

/*
 * Changes those that differ from `old`; 0 lifts one. On failure all are as before. The
 * kernel may refuse to go below what is in use (version 1), or kill for it (version 2).
 * SANDBOX_NO_PARENT: those of the tree's group, which binds all of it together.
 */
int cgroup_change(struct cgroups *groups, uint32_t id, const struct sandbox_limits *old,
		  const struct sandbox_limits *limits, struct err *err);

/* Removes what there is of the groups of a sandbox, whose processes have ended. */
void cgroup_remove(struct cgroups *groups, uint32_t id);

/*
 * A descriptor that shows in epoll (*events of it) when the sandbox may have met its limit
 * of memory, until cgroup_met_memory; or a negative errno. SANDBOX_NO_PARENT: the tree its own.
 */
int cgroup_watch_memory(struct cgroups *groups, uint32_t id, uint32_t *events);

/*
 * Whether that limit was met since this was last asked; *met counts how often, from 0 on. In
 * version 1 a sandbox has met one whenever its tree has.
 */
bool cgroup_met_memory(const struct cgroups *groups, int watch, uint64_t *met);

/* How many of its processes were killed for memory. */
uint64_t cgroup_count_kills(struct cgroups *groups, uint32_t id);

/* How many processes and threads there are in the tree's group; 0 when that is not known. */
uint64_t cgroup_count_pids(struct cgroups *groups);

#endif
