/*
 * Compares what the kernel knows with what the tree reports. Reads only files of /proc that every
 * user may read, so a run by an ordinary user proves as much as a run by root. There is one
 * exception: a user cannot read the open files of processes that he may not inspect.
 */
#ifndef BONSAI_TESTS_SOAK_CENSUS_H
#define BONSAI_TESTS_SOAK_CENSUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CENSUS_TEXT_BYTES 256

/* Usage of one process; -1: the number cannot be read. */
struct usage {
	long files;
	long threads;
	long rss_kb;
};

/*
 * Compares the reply to the command `nodes` with the launcher's descendants and their network
 * interfaces. Returns true if they agree; else stores the first difference in `text`. `links` is
 * false for a tree without networks.
 */
bool census_agrees(const json_t *nodes, pid_t launcher, bool links, char text[CENSUS_TEXT_BYTES]);

void census_usage(pid_t pid, struct usage *usage);

/*
 * Returns the pid of another process that has the same mark as this process. The mark is an
 * oom_score_adj above 0. Returns 0 if there is no such process, or if this process has no mark.
 */
pid_t census_marked(void);

/*
 * Kills process `pid`, but only if it is a child of the launcher: by now, the pid may belong to
 * another process. True if it was killed.
 */
bool census_kill_child(pid_t pid, pid_t launcher);

#endif
