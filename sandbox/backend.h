/*
 * How a sandbox comes to be: one table of operations a backend, and the live
 * sandbox as the launcher keeps it. A backend only starts the init; ids, links,
 * reaping and removal are the launcher's, alike for all.
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

/* What the launcher has and the backends use. */
struct host {
	const struct backend *backend;
	sandbox_entry *entry; /* what an `ns` init runs */
	char *title;	      /* the launcher's argv area: an init writes its name there */
	size_t title_bytes;
	int agent;			/* the program that a `process` init executes, or -1 */
	int null;			/* /dev/null, every init's standard descriptors */
	int net_ns;			/* the launcher's own, to come home to */
	bool id_range;			/* ids.h */
	uint32_t id_first, id_count;	/* the range, where it is mapped to itself; */
	uint32_t id_shared;		/* of it, the nodes' one id with an image */
	int helper;			/* what fork_helper returned, or -1 */
	const char *image, *image_root; /* overlay.h; "" for none */
	struct hierarchies hierarchies; /* opened before the host's files were out of sight */
	struct filter filter;
	const struct init_plan *plan; /* init.h */
	struct cloner *cloner;
};

struct sandbox {
	uint32_t id;
	uint32_t parent;
	struct in_addr parent_addr, child_addr;
	uint64_t note;
	struct sandbox_limits limits;
	bool grouped;		/* it has control groups, */
	bool outside;		/* but some of its processes may not be in them */
	int oom;		/* of cgroup_watch_memory; -1 without one */
	uint64_t met;		/* and cgroup_met_memory */
	bool met_own;		/* since kills for it were told last */
	uint64_t kills;		/* for want of memory, so far */
	int64_t kills_until_ns; /* till then some may be to be counted yet; see limit.c */
	pid_t pid; /* of the init; 0, and pidfd -1, before its backend has heard of it */
	int pidfd;
	/*
	 * Our child that looks after the init and ends as it ended, a pidfd; -1: the init is our
	 * child itself.
	 */
	int keeper;
	bool waits;		 /* for its parent to have a network that it can be linked to */
	bool frozen;		 /* by its backend's own freeze */
	bool stopped;		 /* by freeze.h, where that failed */
	int sync;		 /* to the init while it is set up; -1 once it runs its entry */
	struct nl_sock *netlink; /* inside its network namespace; NULL without one */
	int parent_ifindex;	 /* of c<ID> in the parent's namespace */
	bool running;
	bool over;   /* ended by itself while running: a record only, as told in `end` */
	bool doomed; /* by us: its set-up failed, for the cause in err */
	struct removal *removal; /* the removal it is part of; NULL otherwise */
	int64_t since_ns;	 /* when it was asked for */
	struct err err;
	struct {
		int status, signal;
		int64_t time_ns;
	} end;
	UT_hash_handle hh; /* by id */
};

/* What an init says over `sync` when its set-up ended; err.code is 0 for success. */
struct setup_report {
	struct err err;
};

struct backend {
	const char *name;
	int number;    /* never changes its meaning: the launcher tells its asking side */
	bool isolated; /* sandboxes have namespaces of their own: links to make */
	bool maps_ids; /* and maps their ids itself, from a range that is mapped to itself */
	bool groups;   /* makes control groups by itself, limits or not */
	/*
	 * In the launcher-to-be, between its user namespace and its network namespace: forks what
	 * must live in the host's network. `folder` is launcher_options'. Returns a descriptor,
	 * host->helper later on. NULL: nothing must.
	 */
	int (*fork_helper)(const char *folder, struct err *err);
	/*
	 * Once, in the launcher, before any sandbox: readies what all share. Blocks.
	 */
	int (*prepare)(struct host *host, const char *agent, struct err *err);
	/*
	 * Starts the init: fills pid and pidfd, and sync with the launcher's end of a
	 * SOCK_SEQPACKET pair. The init waits there for a byte when its ids are mapped and
	 * another when its network is ready, and answers with a setup_report. On failure
	 * nothing is left. Does not wait for the init. A backend with `greet` fills keeper and
	 * sync.
	 */
	int (*start)(const struct host *host, const struct sandbox_spec *spec,
		     struct sandbox *sandbox, struct err *err);
	/*
	 * When there is something to read from sync and the init is not known: fills pid and
	 * pidfd. -EAGAIN when it was nothing; other errors end the sandbox. Does not block. NULL:
	 * start knows the init.
	 */
	int (*greet)(struct sandbox *sandbox, struct err *err);
	/*
	 * Stops or lets go on all of a sandbox, and notes it in `frozen` if only let_die can undo
	 * it besides. Takes some milliseconds. NULL: freeze.h does it.
	 */
	int (*freeze)(const struct host *host, struct sandbox *sandbox, bool freeze,
		      struct err *err);
	/* A frozen one was killed: lets it die. Does not wait. NULL with no freeze. */
	void (*let_die)(const struct host *host, const struct sandbox *sandbox);
	/*
	 * Its keeper was reaped, with `info`: mends in that what the keeper could not know of the
	 * init's end. NULL: nothing.
	 */
	void (*how_ended)(const struct sandbox *sandbox, siginfo_t *info);
	/* It was reaped: takes away what the backend made for it. Does not wait. NULL: nothing. */
	void (*clear)(const struct host *host, const struct sandbox *sandbox);
	/* All were: ends what the backend has of processes besides. Waits, at most 8 s. */
	void (*end)(struct host *host);
};

extern const struct backend backend_ns, backend_lxc, backend_process;

/* The backend of that name or number, or NULL. */
const struct backend *backend_find(const char *name);
const struct backend *backend_of(int number);

#endif
