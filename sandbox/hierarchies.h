/*
 * The control groups of a tree as folders, and their removal: bonsai-PID, which is the launcher's,
 * below our own group in every hierarchy of the host, of version 1 or 2. In it lies nID of each
 * sandbox with a group (cgroup.h), and with the lxc backend, where liblxc makes and in general
 * removes them, monitor-ID of each monitor and one where monitors end.
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
	char tree[32];		  /* the name bonsai-PID */
	int own[HIERARCHIES_MAX]; /* our own group, one a hierarchy */
	int count;
	int unified; /* which of them is of version 2; or -1 */
};

/* Finds them, for the tree of that launcher, and removes what dead launchers left. */
void hierarchies_open(struct hierarchies *all, pid_t launcher);

void hierarchies_close(struct hierarchies *all);

/* Lets all that is frozen in a sandbox's go on. */
void hierarchies_thaw(const struct hierarchies *all, uint32_t id);

/* Removes a sandbox's and its monitor's, and waits for their processes to end, at most 2 s. */
void hierarchies_clear(const struct hierarchies *all, uint32_t id);

/*
 * Removes the tree's; waits, at most 5 s, for what lives in them and is about to end, frozen or
 * not. Who had stepped aside (cgroup_aside.h) steps back.
 */
void hierarchies_end(const struct hierarchies *all);

#endif
