/*
 * The control groups of a tree as folders, and their removal. The tree's group is bonsai-PID, where
 * PID is the launcher's. It lies below the launcher's own group in every hierarchy of the host, of
 * version 1 or 2. The tree's group contains a group nID for each sandbox that has groups
 * (cgroup.h).
 *
 * With the lxc backend, liblxc makes these groups and normally removes them. The tree's group then
 * contains two more kinds: a group monitor-ID for each monitor, and the group "ended", into which
 * monitors move when they end.
 */
#ifndef BONSAI_SANDBOX_HIERARCHIES_H
#define BONSAI_SANDBOX_HIERARCHIES_H

#include <stdint.h>
#include <sys/types.h>

#define HIERARCHIES_MAX 24
#define GROUP_OF_SANDBOX "n%u"
#define GROUP_OF_MONITOR "monitor-%u"
#define GROUP_OF_ENDED "ended"

struct hierarchies {
	char tree[32];		  /* the name of the tree's group, bonsai-PID */
	int own[HIERARCHIES_MAX]; /* the launcher's own group in each hierarchy */
	int count;
	int unified; /* the index of the hierarchy of version 2; or -1 */
};

/*
 * Finds the hierarchies for the tree of process `launcher`, and the caller's own group in each.
 * Removes groups that dead launchers left.
 */
void hierarchies_open(struct hierarchies *all, pid_t launcher);

void hierarchies_close(struct hierarchies *all);

/* Thaws the groups of sandbox `id` in all hierarchies. */
void hierarchies_thaw(const struct hierarchies *all, uint32_t id);

/*
 * Removes the groups of a sandbox and of its monitor. Thaws frozen processes in them, and waits, at
 * most 2 s, for all processes in them to end.
 */
void hierarchies_clear(const struct hierarchies *all, uint32_t id);

/*
 * Removes the tree's groups. Thaws frozen processes in them, and waits, at most 5 s, for processes
 * in them that are about to end. Then moves the processes that stepped aside (cgroup_aside.h) back.
 */
void hierarchies_end(const struct hierarchies *all);

#endif
