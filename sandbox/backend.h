/*
 * How a sandbox is made: a table of operations for each backend, and the live sandbox as the
 * launcher keeps it. A backend only starts the init. Ids, links, reaping and removal are the
 * launcher's task, the same for all backends.
 */
#ifndef BONSAI_SANDBOX_BACKEND_H
#define BONSAI_SANDBOX_BACKEND_H

#include "sandbox/filter.h"
#include "sandbox/hierarchies.h"
#include "sandbox/sandbox.h"

#include <signal.h>
#include <uthash.h>

struct cloner;
struct init_plan;
struct nl_sock;
struct removal;

/* What the launcher provides to the backends. */
struct host {
	const struct backend *backend;
	sandbox_entry *entry; /* what an `ns` init runs */
	char *title;	      /* the launcher's argv area; an init writes its name there */
	size_t title_bytes;
	int agent;			/* the program that a `process` init executes, or -1 */
	int null;			/* /dev/null, for every init's standard descriptors */
	int net_ns;			/* the launcher's own network namespace, to return to */
	bool id_range;			/* sandboxes get ids from a range, see ids.h */
	uint32_t id_first, id_count;	/* lxc: the range, which is mapped to itself */
	uint32_t id_shared;		/* lxc: the one id of all nodes with an image */
	int helper;			/* what fork_helper returned, or -1 */
	const char *image, *image_root; /* see overlay.h; "" for none */
	struct hierarchies hierarchies; /* opened while the host's files are visible */
	struct filter filter;
	const struct init_plan *plan; /* see init.h */
	struct cloner *cloner;
};

struct sandbox {
	uint32_t id;
	uint32_t parent;
	struct in_addr parent_addr, child_addr;
	uint64_t note;
	struct sandbox_limits limits;
	bool grouped;		/* it has control groups */
	bool outside;		/* some of its processes may not be in its control groups */
	int oom;		/* from cgroup_watch_memory; -1: not watched */
	uint64_t met;		/* for cgroup_met_memory */
	bool met_own;		/* it met its memory limit since kills were last reported */
	uint64_t kills;		/* processes killed for lack of memory, so far */
	int64_t kills_until_ns; /* until then the kernel may count more kills; see limit.c */
	pid_t pid;		/* of the init; 0, and pidfd -1, until the backend knows the init */
	int pidfd;
	/*
	 * A pidfd of the launcher's child that supervises the init and exits as the init exited.
	 * -1: the init itself is the launcher's child.
	 */
	int keeper;
	bool waits;		 /* for its parent's network, to be linked to it */
	bool frozen;		 /* by the backend's own freeze */
	bool stopped;		 /* by the signals of freeze.h, since the backend's freeze failed */
	int sync;		 /* to the init during set-up; -1 once the init runs its entry */
	struct nl_sock *netlink; /* inside its network namespace; NULL without one */
	int parent_ifindex;	 /* of the interface c<ID> in the parent's namespace */
	bool running;
	bool over;		 /* exited by itself while running: only a record, with `end` */
	bool doomed;		 /* killed by the launcher, since its set-up failed; cause: err */
	struct removal *removal; /* the removal that it is part of, or NULL */
	int64_t since_ns;	 /* when its creation was requested, CLOCK_MONOTONIC */
	struct err err;
	struct {
		int status, signal;
		int64_t time_ns;
	} end;
	UT_hash_handle hh; /* key: id */
};

/* The init's report over `sync` when its set-up has ended. err.code is 0 for success. */
struct setup_report {
	struct err err;
};

struct backend {
	const char *name;
	int number;    /* sent to clients: never changes its meaning */
	bool isolated; /* each sandbox has its own namespaces and needs a link */
	bool maps_ids; /* it maps the ids itself, from a range that is mapped to itself */
	bool groups;   /* it makes control groups itself, even without limits */
	/*
	 * Runs in the launcher-to-be, after it has its user namespace and before it has its network
	 * namespace. Forks a helper process that must live in the host's network. `folder` is the
	 * one of launcher_options. Returns a descriptor, later host->helper, or a negative errno.
	 * NULL: no helper is needed.
	 */
	int (*fork_helper)(const char *folder, struct err *err);
	/*
	 * Runs once in the launcher, before the first sandbox: prepares what all sandboxes share.
	 * Blocks.
	 */
	int (*prepare)(struct host *host, const char *agent, struct err *err);
	/*
	 * Starts the init. Fills pid and pidfd, and sync with the launcher's end of a
	 * SOCK_SEQPACKET pair. A backend with `greet` fills keeper and sync only. Does not wait for
	 * the init.
	 *
	 * The init waits on sync for a byte when its ids are mapped, and for another when its
	 * network is ready. Then the init sends a setup_report. On failure nothing is left of the
	 * sandbox.
	 */
	int (*start)(const struct host *host, const struct sandbox_spec *spec,
		     struct sandbox *sandbox, struct err *err);
	/*
	 * Called when sync is readable and the init is not known yet. Reads the init's first
	 * message and fills pid and pidfd. -EAGAIN: there was no message. Other errors end the
	 * sandbox. Does not block. NULL: `start` knows the init.
	 */
	int (*greet)(struct sandbox *sandbox, struct err *err);
	/*
	 * Freezes or thaws all processes of a sandbox. Sets `frozen` if, once killed, the sandbox
	 * cannot die without let_die. Takes some milliseconds. NULL: the launcher uses freeze.h.
	 */
	int (*freeze)(const struct host *host, struct sandbox *sandbox, bool freeze,
		      struct err *err);
	/* Lets a frozen sandbox die that was killed. Does not wait. NULL if `freeze` is NULL. */
	void (*let_die)(const struct host *host, const struct sandbox *sandbox);
	/*
	 * Called when the keeper was reaped, with the keeper's `info`. Corrects in `info` what the
	 * keeper could not know of how the init ended. NULL: nothing to correct.
	 */
	void (*how_ended)(const struct sandbox *sandbox, siginfo_t *info);
	/*
	 * Called when the sandbox was reaped: removes what the backend made for it. Does not wait.
	 * NULL: nothing to remove.
	 */
	void (*clear)(const struct host *host, const struct sandbox *sandbox);
	/*
	 * Called when all sandboxes were reaped: ends the backend's other processes. Waits, at most
	 * 8 s.
	 */
	void (*end)(struct host *host);
};

extern const struct backend backend_ns, backend_lxc, backend_process;

/* The backend of that name, or of that number; NULL: there is none. */
const struct backend *backend_find(const char *name);
const struct backend *backend_of(int number);

#endif
