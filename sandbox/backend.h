/*
 * How a sandbox is made: a table of operations for each backend, and the launcher's data of a
 * sandbox. A backend only starts the init. Ids, links, reaping and removal are the launcher's task,
 * the same for all backends.
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
	char *title;	      /* the launcher's argv area; an init writes its own title there */
	size_t title_bytes;
	int agent;			/* descriptor of the `process` init's program, or -1 */
	int null;			/* /dev/null, for every init's standard descriptors */
	int net_ns;			/* the launcher's own network namespace, to return to */
	bool id_range;			/* each sandbox gets an id from a range, see ids.h */
	uint32_t id_first, id_count;	/* lxc: the range of ids, which is mapped to itself */
	uint32_t id_shared;		/* lxc: the one id of all nodes with an image */
	int helper;			/* what fork_helper returned, or -1 */
	const char *image, *image_root; /* image and its folder, see overlay.h; "" for none */
	struct hierarchies hierarchies; /* opened while the host's files are still visible */
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
	bool outside;		/* some of the sandbox's processes may be outside its groups */
	int oom;		/* descriptor of cgroup_watch_memory; -1: not watched */
	uint64_t met;		/* for cgroup_met_memory */
	bool met_own;		/* the sandbox met its memory limit after the last kill report */
	uint64_t kills;		/* number of its processes killed for lack of memory */
	int64_t kills_until_ns; /* until then the launcher looks for more kills; see limit.c */
	pid_t pid;		/* of the init; 0, and pidfd -1: the backend does not know it yet */
	int pidfd;
	/*
	 * A pidfd of the launcher's child that supervises the init and exits as the init exited.
	 * -1: the init itself is the launcher's child.
	 */
	int keeper;
	bool waits;		 /* the sandbox waits for its parent's network, to be linked */
	bool frozen;		 /* frozen by the backend's own freeze */
	bool stopped;		 /* stopped by signals (freeze.h), as the backend's freeze failed */
	int sync;		 /* socket to the init in set-up; -1 once the init runs its entry */
	struct nl_sock *netlink; /* inside the sandbox's network namespace; NULL: it has none */
	int parent_ifindex;	 /* index of the interface c<ID> in the parent's namespace */
	bool running;
	bool over;		 /* exited by itself while running: kept as a record, with `end` */
	bool doomed;		 /* killed by the launcher: its set-up failed, `err` is the cause */
	struct removal *removal; /* the removal that this sandbox is part of, or NULL */
	int64_t since_ns;	 /* when a client requested its creation, CLOCK_MONOTONIC */
	struct err err;
	struct {
		int status, signal;
		int64_t time_ns;
	} end;
	UT_hash_handle hh; /* key: id */
};

/*
 * The init sends this report over `sync` at the end of its set-up. err.code 0: the set-up
 * succeeded.
 */
struct setup_report {
	struct err err;
};

struct backend {
	const char *name;
	int number;    /* sent to clients: a number never changes its meaning */
	bool isolated; /* each sandbox has its own namespaces and needs a link */
	bool maps_ids; /* the backend maps the ids itself, from a range that is mapped to itself */
	bool groups;   /* the backend makes control groups itself, even without limits */
	/*
	 * Runs in the process that becomes the launcher, after it has its user namespace and before
	 * it has its network namespace. Forks a helper process that must live in the host's
	 * network. `folder` is from launcher_options. Returns the descriptor that becomes
	 * host->helper, or a negative errno. NULL: the backend needs no helper.
	 */
	int (*fork_helper)(const char *folder, struct err *err);
	/*
	 * Runs once in the launcher, before the first sandbox: prepares what all sandboxes share.
	 * Blocks.
	 */
	int (*prepare)(struct host *host, const char *agent, struct err *err);
	/*
	 * Starts the init. Fills `pid` and `pidfd`, and sets `sync` to the launcher's end of a
	 * SOCK_SEQPACKET pair. A backend with `greet` fills `keeper` and `sync` only. Does not wait
	 * for the init. On failure nothing is left of the sandbox.
	 *
	 * The init waits on `sync` for two bytes: the launcher sends the first when the init's ids
	 * are mapped, the second when its network is ready. Then the init sends a setup_report.
	 */
	int (*start)(const struct host *host, const struct sandbox_spec *spec,
		     struct sandbox *sandbox, struct err *err);
	/*
	 * Called when `sync` is readable and the launcher does not know the init yet. Reads the
	 * init's first message and fills `pid` and `pidfd`. -EAGAIN: there is no message yet. Any
	 * other error ends the sandbox. Does not block. NULL: `start` fills `pid` and `pidfd`.
	 */
	int (*greet)(struct sandbox *sandbox, struct err *err);
	/*
	 * Freezes or thaws all processes of a sandbox. Sets `frozen` if the frozen processes cannot
	 * die of SIGKILL before `let_die` is called. Takes some milliseconds. NULL: the launcher
	 * uses freeze.h.
	 */
	int (*freeze)(const struct host *host, struct sandbox *sandbox, bool freeze,
		      struct err *err);
	/*
	 * Called after SIGKILL was sent to a frozen sandbox: lets its processes die. Does not wait.
	 * NULL if `freeze` is NULL.
	 */
	void (*let_die)(const struct host *host, const struct sandbox *sandbox);
	/*
	 * Called when the launcher has reaped the keeper; `info` says how the keeper ended.
	 * Corrects `info` where the keeper could not know how the init ended. NULL: nothing to
	 * correct.
	 */
	void (*how_ended)(const struct sandbox *sandbox, siginfo_t *info);
	/*
	 * Called when the launcher has reaped the sandbox: removes what the backend made for the
	 * sandbox. Does not wait. NULL: nothing to remove.
	 */
	void (*clear)(const struct host *host, const struct sandbox *sandbox);
	/*
	 * Called when the launcher has reaped all sandboxes: ends the backend's other processes.
	 * Waits, at most 8 s.
	 */
	void (*end)(struct host *host);
};

extern const struct backend backend_ns, backend_lxc, backend_process;

/* Returns the backend with this name, or with this number. NULL: there is no such backend. */
const struct backend *backend_find(const char *name);
const struct backend *backend_of(int number);

#endif
