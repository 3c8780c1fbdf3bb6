/*
 * In version 2 a control group that contains processes cannot hand controllers on to the groups
 * below it. So the launcher moves these processes out of its own group: itself, its helpers, the
 * controller, and a bonsai command that started the controller. They step aside: they move into a
 * group beside the tree's group, where no limit of the tree binds them. When the tree's group is
 * gone they move back.
 */
#ifndef BONSAI_SANDBOX_CGROUP_ASIDE_H
#define BONSAI_SANDBOX_CGROUP_ASIDE_H

#define CGROUP_ASIDE "-aside" /* suffix to the name of the tree's group */

/*
 * Moves the launcher and the others out of the group `own`. `tree` is the name of the tree's group.
 * Does nothing if `own` contains no process, or if `own` is the root group, which may contain
 * processes and hand on controllers. -EBUSY: `own` contains processes that Bonsai may not move;
 * then all processes are where they were. May be called again at any time.
 */
int cgroup_step_aside(int own, const char *tree);

/*
 * Moves the processes that stepped aside back into `own`. Call it when the tree's group is gone.
 * Does nothing if no process had stepped aside. -EBUSY: a process is just exiting, so the kernel
 * still counts it but no longer lists it; then call again.
 */
int cgroup_step_back(int own, const char *tree);

#endif
