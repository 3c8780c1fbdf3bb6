/*
 * The monitor of a container: the process in which liblxc starts it, waits for its end and
 * answers lxc-info and its like.
 */
#ifndef BONSAI_SANDBOX_LXC_MONITOR_H
#define BONSAI_SANDBOX_LXC_MONITOR_H

#include "sandbox/lxc_library.h"

#include <stdint.h>

struct lxc_monitor {
	const struct lxc_library *liblxc;
	const char *path; /* where containers are, as the host names it */
	const char *tree; /* its control group, hierarchies.h */
	int folder;	  /* that path: in the base it has no name */
	int program;	  /* this one, for the init to execute */
	int sync;	  /* the init's end */
	uint32_t id;
	uint32_t root;
	char *title; /* the spawner's argv area */
	size_t title_bytes;
};

/*
 * Runs it, in a process just cloned from the spawner, and ends as the init ended: with the same
 * exit status, or by the same signal. What kept liblxc from starting it is sent over sync as a
 * lxc_failure.
 */
void __attribute__((noreturn)) lxc_monitor_run(struct lxc_monitor *monitor);

/* Takes away what is on disk of one. */
void lxc_monitor_clear(int folder, uint32_t id);

/* Freezes or thaws one as lxc-freeze does. From the spawner; takes some milliseconds. */
int lxc_monitor_freeze(const struct lxc_library *library, const char *path, uint32_t id,
		       bool freeze, struct err *err);

#endif
