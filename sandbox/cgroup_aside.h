/*
 * In version 2 a control group that contains processes cannot hand controllers on to the groups
 * below it. So the launcher steps aside, together with its helpers, the controller and a bonsai
 * that started it. They move into a group beside the tree's, where no limit of the tree binds them.
 * When the tree's group is gone they move back.
 */
#ifndef BONSAI_SANDBOX_CGROUP_ASIDE_H
#define BONSAI_SANDBOX_CGROUP_ASIDE_H

#define CGROUP_ASIDE "-aside" /* suffix to the name of the tree's group */

/*
 * Moves the launcher and the others out of the group `own`. Does nothing if `own` is the root
 * group, which may hand on controllers in any case, or if it is empty. `tree` is the name of the
 * tree's group. -EBUSY: `own` contains processes that are not Bonsai's to move; then all is as
 * before. May be called again at any time.
 */
int cgroup_step_aside(int own, const char *tree);

/*
 * Moves them back into `own`. To be called when the tree's group is gone. Does nothing if nobody
 * had stepped aside. -EBUSY: a process is just exiting, which the kernel no longer lists but still
 * counts; then call again.
 */
int cgroup_step_back(int own, const char *tree);

#endif
