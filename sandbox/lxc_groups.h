/*
 * The control groups in which liblxc has the containers of a tree, as the spawner looks after
 * them: bonsai-PID (the launcher's, as in cgroup.h) below our own group, in every hierarchy that
 * liblxc uses, and in it nID of a container, monitor-ID of its monitor, and one where monitors
 * end. liblxc removes them itself, unless its monitor was killed.
 */
#ifndef BONSAI_SANDBOX_LXC_GROUPS_H
#define BONSAI_SANDBOX_LXC_GROUPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LXC_GROUPS_MAX 24
#define LXC_GROUP_NODE "n%u"
#define LXC_GROUP_MONITOR "monitor-%u"
#define LXC_GROUP_PIVOT "ended"

struct lxc_groups {
	char tree[32];		 /* the name bonsai-PID */
	int own[LXC_GROUPS_MAX]; /* our own group, one a hierarchy */
	int count;
};

/* Finds them, for the tree of that launcher, and removes what dead launchers left. */
void lxc_groups_open(struct lxc_groups *groups, pid_t launcher);

/* Lets all that is frozen in a container's go on. */
void lxc_groups_thaw(const struct lxc_groups *groups, uint32_t id);

/* Removes a container's, and waits for its processes to end, at most 2 s. */
void lxc_groups_clear(const struct lxc_groups *groups, uint32_t id);

/* The launcher has ended: thaws and removes all of the tree, within 5 s. */
void lxc_groups_end(const struct lxc_groups *groups);

/*
 * The same by the asking side, should the spawner have been killed as well; where that is not
 * allowed to, they are left to the next launcher.
 */
void lxc_groups_sweep(pid_t launcher);

#endif
