/*
 * The `lxc` backend, in four parts:
 *
 *   lxc.c          in the launcher: the backend's operations, which ask
 *   lxc_spawner.c  the spawner, one process a tree, forked before the launcher left the host's
 *                  network: liblxc's command sockets are abstract ones, which belong to a
 *                  network namespace, and lxc-ls and its like look for them in the host's. It
 *                  shares the launcher's user namespace and its base. For each sandbox it
 *                  clones, as the launcher's child and not its own,
 *   lxc_monitor.c  the monitor, in which liblxc runs: it starts the container and ends as that ends
 *   lxc_init.c     the container's init: this program executed again, which does what a node's
 *                  init of the `ns` backend does, and becomes the agent
 *
 * So all there is to wait for are the launcher's own children, and by parent-death signals all
 * end with it. What liblxc leaves on disk and in control groups when a monitor is killed the
 * spawner takes away (hierarchies.h). It outlives the launcher, removes all configurations, and
 * ends itself; of control groups the tree's sweeper removes the rest.
 */
#ifndef BONSAI_SANDBOX_LXC_H
#define BONSAI_SANDBOX_LXC_H

#include "sandbox/sandbox.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#define LXC_FOLDER "lxc" /* in the tree's folder: what lxc-ls -P is given */
#define LXC_FILTER_MAX 4096

/* What the launcher asks of the spawner. Each is answered by one lxc_tell, but for the last. */
enum lxc_op {
	LXC_MOUNTS = 1, /* with the launcher's mount namespace: live in it, `root` not 0 being whose
			   the program shall be */
	LXC_START,	/* with the init's end of sync; answered with the monitor's pid */
	LXC_FREEZE,
	LXC_THAW,
	LXC_CLEAR, /* its monitor has ended: leave nothing of it */
};

struct lxc_ask {
	uint32_t op;
	uint32_t number; /* one of its own, but for LXC_CLEAR, which is not answered */
	uint32_t id;
	uint32_t root; /* LXC_START: the id, as the launcher's namespace has it, of the container's
			  root */
	bool unborn;   /* LXC_CLEAR: its init had not said a word */
};

/* The spawner's first word, unasked and of number 0, says whether it is there. */
struct lxc_tell {
	uint32_t number;
	pid_t pid;
	struct err err;
};

/* What an init of the backend is told over sync before anything else. */
struct lxc_boot {
	struct sandbox_spec spec;
	bool image;
	unsigned short filter_length;
	struct sock_filter filter[LXC_FILTER_MAX]; /* sent only as long as the length says */
};

/*
 * What an init exits with instead of 0: liblxc's status is 0 as well for one that a signal ended,
 * and does not say by which. An init can only be killed, or fault.
 */
#define LXC_EXIT_ZERO 220

/* A first word of its own, one byte, and with it a pidfd of itself. */
#define LXC_HELLO 'h'

/*
 * What a monitor says instead, when liblxc failed. Said later on it is not listened to: by then
 * the init is known, and either it or the launcher has told why it ends.
 */
#define LXC_FAILED 'f'
struct lxc_failure {
	char kind;
	struct err err;
};

/* main() of each: arguments as lxc.c and lxc_monitor.c write them. Return the exit status. */
int lxc_spawner_main(int argc, char **argv);
int lxc_init_main(int argc, char **argv, sandbox_entry *entry);

#endif
