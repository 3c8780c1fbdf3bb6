/*
 * In version 2 of control groups one with processes hands no controller on to those below it. So
 * the launcher, and what of ours started it, step aside into a group of their own beside the
 * tree's, where no limit of the tree is theirs; and back into their own in the end.
 */
#ifndef BONSAI_SANDBOX_CGROUP_ASIDE_H
#define BONSAI_SANDBOX_CGROUP_ASIDE_H

#define CGROUP_ASIDE "-aside" /* after the name of the tree's group */

/*
 * From `own`, unless that is the root of all, which may hand on whatever is in it. `tree` is the
 * name of the tree's group. -EBUSY: others are in there, who are not ours to move; then all is
 * as before. It may be done any number of times.
 */
int cgroup_step_aside(int own, const char *tree);

/*
 * Once the tree's group is gone. Where nobody had stepped aside it does nothing. -EBUSY for the
 * moment in which one of them exits: no longer listed, and still counted. Then it is to be done
 * again.
 */
int cgroup_step_back(int own, const char *tree);

#endif
