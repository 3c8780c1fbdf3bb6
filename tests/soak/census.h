/*
 * What the kernel knows, against what the tree says. Reads /proc alone, which everybody may, so an
 * ordinary user's run proves the same, but for the open files of processes that are not to be
 * looked into.
 */
#ifndef BONSAI_TESTS_SOAK_CENSUS_H
#define BONSAI_TESTS_SOAK_CENSUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CENSUS_TEXT_BYTES 256

/* Of one process. -1: not to be seen. */
struct usage {
	long files;
	long threads;
	long rss_kb;
};

/*
 * Compares the answer to `nodes` with the launcher's descendants and the interfaces of each of
 * them. True when they agree; else *text has the first difference. `links` false: a tree without
 * networks.
 */
bool census_agrees(const json_t *nodes, pid_t launcher, bool links, char text[CENSUS_TEXT_BYTES]);

void census_usage(pid_t pid, struct usage *usage);

/* The pid of a process but us that carries our mark, an oom_score_adj above 0; 0: there is none. */
pid_t census_marked(void);

/* Kills a process if it is the launcher's child, whatever has that number meanwhile. */
bool census_kill_child(pid_t pid, pid_t launcher);

#endif
