/*
 * A sandbox is what one node lives in: an init process in namespaces of its own,
 * tied to its parent sandbox by one veth pair. Sandboxes are made, held and
 * reaped by the launcher, a single-threaded process of its own (server.c);
 * this header is how the rest of the program asks it.
 *
 * struct sandbox_spec says what is wanted, plain data. struct launcher is the
 * asking side's handle: one SOCK_SEQPACKET descriptor. Requests are answered
 * in their own time by events; nothing here waits for a sandbox to come up.
 *
 * The launcher is also the record of what there is: each sandbox with its parent, its
 * addresses, a number noted on it by the asking side, and, should it have ended by itself,
 * how and when. Told to (options.socket), it outlives its asking side and tells the
 * next one, which attaches there, all of it. The record is in memory and lives as long
 * as the sandboxes do, so it can be neither torn nor stale.
 *
 * Invariant: an id names at most one sandbox; it is free again after SANDBOX_FAILED,
 * or when it was removed. One that SANDBOX_EXITED told of stays on record until then, or until the
 * next one of its id takes its place: so whenever its asking side dies, one of the two is there.
 */
#ifndef BONSAI_SANDBOX_SANDBOX_H
#define BONSAI_SANDBOX_SANDBOX_H

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SANDBOX_NO_PARENT UINT32_MAX /* linked to the launcher's own network namespace */
#define SANDBOX_ID_MAX 2147483647u
#define SANDBOX_BOOT_BYTES 192
#define SANDBOX_IMAGE_BYTES 72
#define SANDBOX_REMOVE_MAX 8192 /* ids in one launcher_remove */

/* What the sandbox's init runs: gets spec.boot, returns the exit status. */
typedef int sandbox_entry(const char *boot);

/* What a sandbox may use at most; 0: no limit. All but the disk need cgroup.h. */
struct sandbox_limits {
	uint64_t memory_bytes;
	uint64_t io_bytes;   /* a second, read from each disk of the host and written to it */
	uint64_t disk_bytes; /* of /run, the one place that can be written; 0: 64 MiB */
	uint32_t pids;	     /* processes and threads, the agent's own three included */
	uint32_t cpu_milli;  /* thousandths of one processor */
	uint32_t nofile;     /* descriptors of each program that starts from then on; 0: 4096 */
	/*
	 * Capabilities, bit N being number N, that its programs have in its user namespace. From
	 * the beginning on: a change is refused. Of all together: a note, as the disk is.
	 */
	uint64_t caps;
};

struct sandbox_spec {
	uint32_t id;
	uint32_t parent;	    /* id of a live sandbox, or SANDBOX_NO_PARENT */
	struct in_addr parent_addr; /* of the parent's end `c<ID>`, a /31 */
	struct in_addr child_addr;  /* of the child's end `up` */
	struct sandbox_limits limits;
	char boot[SANDBOX_BOOT_BYTES]; /* NUL-terminated; handed to sandbox_entry */
};

struct launcher {
	int fd; /* poll it for reading; -1 when closed */
	pid_t pid;
	int user_ns;			 /* descriptors of the launcher's namespaces, */
	int net_ns;			 /* for launcher_join; closed by it */
	const char *backend;		 /* its name */
	bool isolated;			 /* its sandboxes have namespaces of their own */
	uint64_t note;			 /* noted on SANDBOX_NO_PARENT before; 0: none */
	char image[SANDBOX_IMAGE_BYTES]; /* of its sandboxes; "" for none */
	struct sandbox_limits limits;	 /* of them all, see launcher_limit */
	uint32_t generation;		 /* so many asking sides it has had, this one included */
};

/* How far a sandbox on record is. */
enum sandbox_life {
	SANDBOX_STARTING, /* being set up */
	SANDBOX_UP,
	SANDBOX_OVER, /* it has ended by itself; status, signal and time_ns say how */
};

enum sandbox_event_kind {
	SANDBOX_CREATED = 1, /* id, pid: the init runs its entry, network up */
	SANDBOX_FAILED,	     /* id, err: nothing of it is left */
	SANDBOX_EXITED,	     /* id, pid, code or signal, time_ns: reaped; its namespaces go */
	SANDBOX_REMOVED,     /* ticket: all of the list are gone, their links too */
	SANDBOX_PIDFD,	     /* id, fd (the caller's to close) */
	SANDBOX_REFUSED,     /* id, err: a request that could not be taken */
	SANDBOX_HELD,	 /* after launcher_attach, each on record: id, parent, pid, life, note… */
	SANDBOX_LISTED,	 /* …and that these were all */
	SANDBOX_FROZEN,	 /* ticket, id: what launcher_freeze asked for is done */
	SANDBOX_LIMITED, /* ticket, id, limits: launcher_limit's are in force; id as there */
	SANDBOX_OOM,	 /* id, kills, memory: so many more processes were killed for want of it */
};

/* Of whose memory there was no more. */
enum sandbox_memory {
	SANDBOX_MEMORY_OF_HOST,
	SANDBOX_MEMORY_OF_TREE,	   /* its limit, launcher_limit with SANDBOX_NO_PARENT */
	SANDBOX_MEMORY_OF_ITS_OWN, /* the sandbox's limit */
};

struct sandbox_event {
	enum sandbox_event_kind kind;
	uint32_t id;
	pid_t pid;	 /* as the caller's PID namespace numbers it */
	int status;	 /* EXITED: exit status, or 0 when signalled */
	int signal;	 /* EXITED: the signal, or 0 */
	bool requested;	 /* EXITED: because of launcher_remove */
	int64_t time_ns; /* EXITED: CLOCK_MONOTONIC when it was noticed; HELD: also since when it is
			    there */
	uint64_t ticket;
	int fd; /* PIDFD: the descriptor; else -1 */
	/* HELD, besides how it ended */
	enum sandbox_life life;
	uint32_t parent;
	struct in_addr parent_addr;
	uint64_t note;
	struct sandbox_limits limits; /* LIMITED as well */
	uint64_t kills;		      /* OOM */
	enum sandbox_memory memory;
	struct err err;
};

struct launcher_options {
	const char *backend; /* "ns", "lxc" or "process" */
	const char *agent;   /* program that the process backend runs, with boot as its argument */
	/*
	 * Where the next asking side attaches, a path the launcher's to make; NULL: it ends
	 * with its asking side. And a descriptor it holds open as long as it lives, or -1.
	 */
	const char *socket;
	int keep;
	/* Where a backend keeps what has to be on disk: an absolute path, of a folder. */
	const char *folder;
	/*
	 * An image that sandboxes have as their root (overlay.h), not of the process backend: its
	 * name, the folder with its files, and a descriptor that the launcher holds open as well.
	 * NULL: none.
	 */
	const char *image, *image_root;
	int image_fd;
	/* The range on the host that sandboxes have their ids from, as root; 0 of them: ids.h's. */
	uint32_t uid_first, uid_count;
	/* A seccomp filter for filter_take (filter.h), of the ns backend alone; 0: filter.h's own.
	 */
	int filter;
};

/*
 * Starts the launcher: forks, unshares, maps ids and executes this very program
 * again with "--launcher …" as its arguments, which must lead to launcher_main(). The caller must
 * be single-threaded. Waits at most 10 s until the launcher is ready. Errors say what to change on
 * the host (which sysctl).
 */
int launcher_start(struct launcher *launcher, const struct launcher_options *options,
		   struct err *err);

/*
 * Takes the place of an asking side that is gone, at the path that launcher was started
 * with; while one is not, this waits for it, and fails. Waits at most 10 s. What is on record comes
 * as HELD events, then LISTED, before anything else. The rest as after launcher_start.
 */
int launcher_attach(struct launcher *launcher, const char *path, struct err *err);

/*
 * The launcher's main(): argc and argv as executed by launcher_start. `entry` is
 * called in each `ns` sandbox without exec. Returns the exit status.
 */
int launcher_main(int argc, char **argv, sandbox_entry *entry);

/*
 * Moves the calling, single-threaded process into the launcher's user and network
 * namespaces. It drops all capabilities but the one to bind an agent's port there. Call before
 * opening any socket.
 */
int launcher_join(struct launcher *launcher, struct err *err);

/* Asks; answered by CREATED or FAILED (or REFUSED). Does not wait. */
int launcher_create(struct launcher *launcher, const struct sandbox_spec *spec, struct err *err);

/*
 * Asks to kill and clear away a list, descendants first and the topmost last;
 * answered by one EXITED for each that was alive, then REMOVED with `ticket`.
 * Ids that do not live are passed over. Does not wait.
 */
int launcher_remove(struct launcher *launcher, const uint32_t *ids, size_t count, uint64_t ticket,
		    struct err *err);

/* Asks to send `signal` to the init; REFUSED answers only a failure. */
int launcher_kill(struct launcher *launcher, uint32_t id, int signal, struct err *err);

/*
 * Asks to stop all of a sandbox, or to let it go on; answered by FROZEN, or REFUSED with
 * the ticket.
 */
int launcher_freeze(struct launcher *launcher, uint32_t id, bool freeze, uint64_t ticket,
		    struct err *err);

/*
 * Asks to make the link between a sandbox and its parent anew, after the parent's was
 * created again. REFUSED answers only a failure.
 */
int launcher_link(struct launcher *launcher, uint32_t id, struct err *err);

/*
 * Asks for other limits, all at once; answered by LIMITED, or REFUSED with the ticket, and
 * then none has changed. SANDBOX_NO_PARENT: of all sandboxes together, and the disk is on
 * record for the asking side only, as what it gives to each that has none of its own.
 */
int launcher_limit(struct launcher *launcher, uint32_t id, const struct sandbox_limits *limits,
		   uint64_t ticket, struct err *err);

/*
 * The same for all together, of a launcher that was started just now and asked nothing yet:
 * waits, at most 10 s, until they are in force.
 */
int launcher_limit_first(struct launcher *launcher, const struct sandbox_limits *limits,
			 struct err *err);

/* Asks for a descriptor of the init (pidfd_open(2)); answered by PIDFD or REFUSED. */
int launcher_pidfd(struct launcher *launcher, uint32_t id, struct err *err);

/*
 * Notes a number on a sandbox, 0 at first, or on the whole (SANDBOX_NO_PARENT), for the
 * next asking side. REFUSED answers only a failure.
 */
int launcher_note(struct launcher *launcher, uint32_t id, uint64_t note, struct err *err);

/*
 * Takes one event. 1: `event` is filled; 0: none is waiting; negative errno:
 * -EPIPE when the launcher has ended. Never blocks.
 */
int launcher_next(struct launcher *launcher, struct sandbox_event *event, struct err *err);

/*
 * Ends the launcher and with it every sandbox: tells it so, and waits, at most 10 s,
 * until it has ended (then kills it). Takes a zeroed or closed one.
 */
void launcher_stop(struct launcher *launcher);

/* Parts with a launcher that holds its sandboxes, and leaves it to the next asking side. */
void launcher_leave(struct launcher *launcher);

#endif
