/*
 * The monitor of a container: the process in which liblxc starts the container, waits for its end,
 * and serves lxc-info and similar tools.
 */
#ifndef BONSAI_SANDBOX_LXC_MONITOR_H
#define BONSAI_SANDBOX_LXC_MONITOR_H

#include "sandbox/lxc_library.h"

#include <stdint.h>

struct lxc_monitor {
	const struct lxc_library *liblxc;
	const char *path; /* folder of the containers, as the host names it */
	const char *tree; /* name of the tree's control group (hierarchies.h) */
	int folder;  /* descriptor of that folder: in the base, `path` leads to an empty folder */
	int program; /* this program, which the init executes */
	int sync;    /* the init's end of sync */
	uint32_t id;
	uint32_t root;
	char *title; /* the spawner's argv area; the monitor writes its name there */
	size_t title_bytes;
};

/*
 * Runs the container, in a process that was just cloned from the spawner. The process ends as the
 * init ended: with the same exit status, or by SIGKILL if a signal killed the init. If liblxc
 * cannot start the container, sends an lxc_failure over `sync`.
 */
void __attribute__((noreturn)) lxc_monitor_run(struct lxc_monitor *monitor);

/* Removes the files of the container of sandbox `id`. `folder` is the folder of the containers. */
void lxc_monitor_clear(int folder, uint32_t id);

/*
 * Freezes or thaws a container as lxc-freeze does. Runs in a child of the spawner; takes some
 * milliseconds.
 */
int lxc_monitor_freeze(const struct lxc_library *library, const char *path, uint32_t id,
		       bool freeze, struct err *err);

#endif
