/*
 * The `lxc` backend, in four parts:
 *
 *   lxc.c          the backend's operations in the launcher; they send requests to the spawner
 *   lxc_spawner.c  the spawner: one process per tree, forked before the launcher leaves the host's
 *                  network. liblxc's command sockets are abstract ones, which belong to a network
 *                  namespace, and tools such as lxc-ls look for them in the host's. The spawner
 *                  shares the launcher's user namespace and base. For each sandbox it clones a
 *                  monitor, as a child of the launcher, not of its own
 *   lxc_monitor.c  the monitor: liblxc runs in it, starts the container and waits; the monitor ends
 *                  as the container ends
 *   lxc_init.c     the container's init: this program executed again. It takes the steps of an init
 *                  of the `ns` backend and becomes the agent
 *
 * So the launcher waits for children of its own only, and by parent-death signals all of them end
 * with it. When a monitor is killed, the spawner removes what liblxc leaves on disk and in control
 * groups (hierarchies.h). The spawner outlives the launcher, removes all configurations and ends.
 * The tree's sweeper removes the remaining control groups.
 */
#ifndef BONSAI_SANDBOX_LXC_H
#define BONSAI_SANDBOX_LXC_H

#include "sandbox/sandbox.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#define LXC_FOLDER "lxc" /* folder below the tree's folder; argument of lxc-ls -P */
#define LXC_FILTER_MAX 4096

/* Requests of the launcher to the spawner. Each but LXC_CLEAR gets one lxc_tell as its reply. */
enum lxc_op {
	LXC_MOUNTS = 1, /* with the launcher's mount namespace: the spawner enters it; `root`,
			   unless 0: new owner of the copy of the program */
	LXC_START,	/* with the init's end of sync; the reply holds the monitor's pid */
	LXC_FREEZE,
	LXC_THAW,
	LXC_CLEAR, /* the monitor has ended: remove what it left */
};

struct lxc_ask {
	uint32_t op;
	uint32_t number; /* distinct per request; unused in LXC_CLEAR; NO_NUMBER (lxc.c): the
			    launcher skips the reply */
	uint32_t id;
	uint32_t root; /* LXC_START: id of the container's root, as the launcher's user namespace
			  numbers it */
	bool unborn;   /* LXC_CLEAR: the init has not sent LXC_HELLO */
};

/*
 * A reply. The first message of the spawner, of number 0, is no reply: it says whether the spawner
 * is ready.
 */
struct lxc_tell {
	uint32_t number;
	pid_t pid;
	struct err err;
};

/* The first message to an init of this backend, over sync. */
struct lxc_boot {
	struct sandbox_spec spec;
	bool image;
	unsigned short filter_length;
	struct sock_filter filter[LXC_FILTER_MAX]; /* only `filter_length` of them are sent */
};

/*
 * Exit status of an init instead of 0. liblxc's status is 0 also for an init that a signal ended,
 * and does not name the signal. Only SIGKILL or a fault can end an init by a signal.
 */
#define LXC_EXIT_ZERO 220

/* The first message of an init, one byte, with a pidfd of the init. */
#define LXC_HELLO 'h'

/*
 * What a monitor sends instead of LXC_HELLO if liblxc fails. The launcher ignores a later one: by
 * then it knows the init, and the init or the launcher has reported the error.
 */
#define LXC_FAILED 'f'
struct lxc_failure {
	char kind;
	struct err err;
};

/*
 * main() of the spawner and of the init; lxc.c and lxc_monitor.c write the arguments. Return the
 * exit status.
 */
int lxc_spawner_main(int argc, char **argv);
int lxc_init_main(int argc, char **argv, sandbox_entry *entry);

#endif
