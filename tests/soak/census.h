/*
 * Compares what the kernel knows with what the tree reports. Reads /proc only, which everybody may,
 * so an ordinary user's run proves the same. The exception: the open files of processes that the
 * user may not inspect.
 */
#ifndef BONSAI_TESTS_SOAK_CENSUS_H
#define BONSAI_TESTS_SOAK_CENSUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CENSUS_TEXT_BYTES 256

/* Usage of one process; -1: cannot be read. */
struct usage {
	long files;
	long threads;
	long rss_kb;
};

/*
 * Compares the answer to `nodes` with the launcher's descendants and their network interfaces. True
 * if they agree; else `text` gets the first difference. `links` is false for a tree without
 * networks.
 */
bool census_agrees(const json_t *nodes, pid_t launcher, bool links, char text[CENSUS_TEXT_BYTES]);

void census_usage(pid_t pid, struct usage *usage);

/*
 * The pid of another process with this process's mark, which is an oom_score_adj above 0. 0: there
 * is no such process, or this process has no mark.
 */
pid_t census_marked(void);

/*
 * Kills process `pid`, but only if it is a child of the launcher: by now, the pid may belong to
 * another process. True if it was killed.
 */
bool census_kill_child(pid_t pid, pid_t launcher);

#endif
