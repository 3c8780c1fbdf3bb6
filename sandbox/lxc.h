/*
 * The `lxc` backend, in four parts:
 *
 *   lxc.c          the backend's operations in the launcher; they send requests to the spawner
 *   lxc_spawner.c  the spawner: one process per tree, forked before the launcher leaves the host's
 *                  network. liblxc's command sockets are abstract sockets, which belong to a
 *                  network namespace. Tools such as lxc-ls look for them in the host's namespace.
 *                  The spawner shares the launcher's user namespace and base. For each sandbox the
 *                  spawner clones a monitor, as a child of the launcher, not as its own child
 *   lxc_monitor.c  the monitor: liblxc runs in it, starts the container and waits; the monitor ends
 *                  as the container ends
 *   lxc_init.c     the container's init: this program executed again. It takes the steps of an init
 *                  of the `ns` backend and becomes the agent
 *
 * So the launcher waits for children of its own only, and parent-death signals end all of them with
 * the launcher. When a monitor is killed, the spawner removes what liblxc leaves on disk and in
 * control groups (hierarchies.h). The spawner outlives the launcher, removes all configurations and
 * ends. The tree's sweeper removes the remaining control groups.
 */
#ifndef BONSAI_SANDBOX_LXC_H
#define BONSAI_SANDBOX_LXC_H

#include "sandbox/sandbox.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#define LXC_FOLDER "lxc" /* folder of containers, in the tree's folder; argument of lxc-ls -P */
#define LXC_FILTER_MAX 4096

/* Requests of the launcher to the spawner. Each but LXC_CLEAR gets one lxc_tell as its reply. */
enum lxc_op {
	LXC_MOUNTS = 1, /* comes with a descriptor of the launcher's mount namespace, which the
			   spawner enters; `root`, unless 0: new owner of the copy of the program */
	LXC_START,	/* comes with the init's end of the `sync` socket pair; the reply holds the
			   monitor's pid */
	LXC_FREEZE,
	LXC_THAW,
	LXC_CLEAR, /* the monitor has ended: remove what it left */
};

struct lxc_ask {
	uint32_t op;
	uint32_t number; /* distinct per request; unused in LXC_CLEAR; NO_NUMBER (lxc.c): the
			    launcher skips the reply */
	uint32_t id;
	uint32_t root; /* LXC_START: the id that is root in the container, as the launcher's user
			  namespace numbers it */
	bool unborn;   /* LXC_CLEAR: the init has not sent LXC_HELLO */
};

/*
 * The reply to a request. The spawner's first message, with number 0, is no reply: it says whether
 * the spawner is ready.
 */
struct lxc_tell {
	uint32_t number;
	pid_t pid;
	struct err err;
};

/* The launcher's first message to an init of this backend, over the `sync` socket pair. */
struct lxc_boot {
	struct sandbox_spec spec;
	bool image;
	unsigned short filter_length;
	struct sock_filter filter[LXC_FILTER_MAX]; /* only `filter_length` instructions are sent */
};

/*
 * Exit status that an init uses instead of 0. liblxc gives status 0 also for an init that a signal
 * ended, and does not name the signal. The only signals that can end an init are SIGKILL and those
 * of a fault.
 */
#define LXC_EXIT_ZERO 220

/* The first message of an init to the launcher: this byte, with a pidfd of the init. */
#define LXC_HELLO 'h'

/*
 * The message that a monitor sends instead of LXC_HELLO if liblxc fails. If it comes after
 * LXC_HELLO, the launcher ignores it: by then the launcher knows the init, and the init or the
 * launcher has reported the error.
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
