/*
 * A sandbox is what one node lives in: an init process in namespaces of its own, linked to its
 * parent sandbox by one veth pair. The launcher, a single-threaded process of its own (server.c),
 * makes, keeps and reaps the sandboxes. This header is the interface between the launcher and its
 * client, the controller.
 *
 * struct sandbox_spec, plain data, describes a sandbox to create. struct launcher is the client's
 * handle: one SOCK_SEQPACKET descriptor. The client sends requests, and the launcher replies later
 * by events: no function here waits until a sandbox is ready.
 *
 * The launcher also keeps the record of all sandboxes: for each its parent, its addresses and its
 * note (a number that the client sets). If a sandbox has exited by itself, the record says how and
 * when. With options.socket the launcher outlives its client, and sends the whole record to the
 * next client that attaches at that socket. The record is in memory and lives as long as the
 * sandboxes, so it can be neither torn nor stale.
 *
 * Invariant: an id names at most one sandbox. The id is free again when its create has failed
 * (SANDBOX_FAILED) or its sandbox is removed. After SANDBOX_EXITED the record of the sandbox stays
 * until a removal, or until a new sandbox takes the id. So if the client dies while it replaces an
 * exited sandbox, the next client finds the old sandbox or the new one.
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

/* The function that the sandbox's init runs. It gets spec.boot, and returns the exit status. */
typedef int sandbox_entry(const char *boot);

/* Limits of one sandbox; 0: no limit. Memory, io, pids and cpu need control groups (cgroup.h). */
struct sandbox_limits {
	uint64_t memory_bytes;
	uint64_t io_bytes;   /* per second and per disk of the host; reads and writes are limited
				separately */
	uint64_t disk_bytes; /* size of /run, the only writable place; 0: 64 MiB */
	uint32_t pids;	     /* processes and threads, including the agent's three */
	uint32_t cpu_milli;  /* thousandths of one processor */
	uint32_t nofile;     /* descriptors of each program that starts after the change; 0: 4096 */
	/*
	 * Capabilities (bit N is number N) of the sandbox's programs in its user namespace. They
	 * are fixed when the sandbox is created: the launcher refuses a change. In the limits of
	 * the whole tree, `caps` and `disk_bytes` limit nothing: the launcher only records them for
	 * the client.
	 */
	uint64_t caps;
};

struct sandbox_spec {
	uint32_t id;
	uint32_t parent;	    /* id of a live sandbox, or SANDBOX_NO_PARENT */
	struct in_addr parent_addr; /* address of the parent's end `c<ID>`; the edge is a /31 */
	struct in_addr child_addr;  /* address of the child's end `up` */
	struct sandbox_limits limits;
	char boot[SANDBOX_BOOT_BYTES]; /* NUL-terminated; argument of sandbox_entry */
};

struct launcher {
	int fd; /* poll it for reading; -1 when closed */
	pid_t pid;
	int user_ns; /* descriptor of the launcher's user namespace; launcher_join closes it */
	int net_ns;  /* descriptor of the launcher's network namespace; launcher_join closes it */
	const char *backend;		 /* name of the backend */
	bool isolated;			 /* each sandbox has namespaces of its own */
	uint64_t note;			 /* the note of the whole tree; 0: none */
	char image[SANDBOX_IMAGE_BYTES]; /* image of the sandboxes; "": none */
	struct sandbox_limits limits;	 /* limits of all sandboxes together, see launcher_limit */
	uint32_t generation;		 /* clients the launcher has had, including this one */
};

/* State of a sandbox in the launcher's record. */
enum sandbox_life {
	SANDBOX_STARTING, /* in its set-up */
	SANDBOX_UP,
	SANDBOX_OVER, /* exited by itself; status, signal and time_ns say how */
};

enum sandbox_event_kind {
	SANDBOX_CREATED = 1, /* id, pid: the init runs its entry, the network is up */
	SANDBOX_FAILED,	     /* id, err: the create failed and left nothing */
	SANDBOX_EXITED,	     /* id, pid, status or signal, time_ns: the init is reaped, and its
				namespaces will vanish */
	SANDBOX_REMOVED,     /* ticket: all sandboxes of the list and their links are gone */
	SANDBOX_PIDFD,	     /* id, fd (the caller must close it) */
	SANDBOX_REFUSED,     /* id, err: the launcher refused a request */
	SANDBOX_HELD,	 /* after launcher_attach, one for each sandbox on record: id, parent, pid,
			    life, note… */
	SANDBOX_LISTED,	 /* the last HELD has been sent */
	SANDBOX_FROZEN,	 /* ticket, id: launcher_freeze has succeeded */
	SANDBOX_LIMITED, /* ticket, id, limits: the limits of launcher_limit are in force */
	SANDBOX_OOM, /* id, kills, memory: processes killed for lack of memory since the last OOM
			event */
};

/* Whose memory ran out. */
enum sandbox_memory {
	SANDBOX_MEMORY_OF_HOST,
	SANDBOX_MEMORY_OF_TREE, /* the tree's limit, set by launcher_limit with SANDBOX_NO_PARENT */
	SANDBOX_MEMORY_OF_ITS_OWN, /* the sandbox's own limit */
};

struct sandbox_event {
	enum sandbox_event_kind kind;
	uint32_t id;
	pid_t pid;	 /* in the PID namespace of the caller */
	int status;	 /* EXITED: exit status; 0 after a signal */
	int signal;	 /* EXITED: the signal; 0 after an exit */
	bool requested;	 /* EXITED: caused by launcher_remove */
	int64_t time_ns; /* CLOCK_MONOTONIC. EXITED: when the launcher noticed the exit; HELD: time
			    of the exit, or of the create if the sandbox has not exited */
	uint64_t ticket;
	int fd; /* PIDFD: the descriptor; else -1 */
	/* Fields of HELD. HELD also has status, signal and time_ns, as above. */
	enum sandbox_life life;
	uint32_t parent;
	struct in_addr parent_addr;
	uint64_t note;
	struct sandbox_limits limits; /* also of LIMITED */
	uint64_t kills;		      /* OOM */
	enum sandbox_memory memory;
	struct err err;
};

struct launcher_options {
	const char *backend; /* "ns", "lxc" or "process" */
	const char *agent;   /* program that the process backend executes with `boot` as argument */
	/*
	 * `socket`: the path at which the launcher listens for the next client; the launcher
	 * creates it. NULL: the launcher ends when its client disconnects. `keep`: a descriptor
	 * that the launcher holds open for its whole life, or -1.
	 */
	const char *socket;
	int keep;
	/* Absolute path of a folder in which the backend may keep files. */
	const char *folder;
	/*
	 * The image that is the root of the sandboxes (overlay.h). `image` is its name,
	 * `image_root` the folder with its files, and `image_fd` a descriptor that the launcher
	 * holds open. NULL as `image`: none. The process backend takes no image.
	 */
	const char *image, *image_root;
	int image_fd;
	/*
	 * Range of ids on the host for sandboxes; only for root. uid_count 0: the default of ids.h.
	 */
	uint32_t uid_first, uid_count;
	/*
	 * Descriptor of a seccomp filter for filter_take (filter.h), for the ns and lxc backends.
	 * 0: the default filter of filter.h.
	 */
	int filter;
};

/*
 * Starts the launcher: forks, unshares, maps ids and executes this program again with the arguments
 * "--launcher …", for which main() must call launcher_main(). The caller must be single-threaded.
 * Waits at most 10 s until the launcher is ready. An error says what to change on the host (which
 * sysctl).
 */
int launcher_start(struct launcher *launcher, const struct launcher_options *options,
		   struct err *err);

/*
 * Attaches to the launcher that listens at `path`, in place of a client that has disconnected.
 * Waits at most 10 s, and fails if the earlier client is still connected then. The record comes
 * first, as HELD events and then LISTED. Everything else is as after launcher_start.
 */
int launcher_attach(struct launcher *launcher, const char *path, struct err *err);

/*
 * The launcher's main(), with argc and argv as launcher_start passes them. Each `ns` sandbox calls
 * `entry` without exec, each `lxc` sandbox after an exec of this program. Returns the exit status.
 */
int launcher_main(int argc, char **argv, sandbox_entry *entry);

/*
 * Moves the calling process, which must be single-threaded, into the launcher's user and network
 * namespaces. Drops all capabilities but those of an agent (privileges_of_agent), which are needed
 * to bind an agent's port there. Call it before opening any socket.
 */
int launcher_join(struct launcher *launcher, struct err *err);

/*
 * Requests a new sandbox. Reply: CREATED or FAILED; REFUSED if the request is malformed. FAILED
 * with -EEXIST: another sandbox has this id, and stays. Does not wait.
 */
int launcher_create(struct launcher *launcher, const struct sandbox_spec *spec, struct err *err);

/*
 * Requests to kill and remove a list of sandboxes: descendants first, the topmost last in `ids`.
 * Replies: one EXITED for each running sandbox (FAILED for one in its set-up), then REMOVED with
 * `ticket`. The launcher deletes the records of exited sandboxes, and skips unknown ids and those
 * in an earlier removal. Does not wait.
 */
int launcher_remove(struct launcher *launcher, const uint32_t *ids, size_t count, uint64_t ticket,
		    struct err *err);

/* Requests to send `signal` to the init. The only reply is REFUSED, on failure. */
int launcher_kill(struct launcher *launcher, uint32_t id, int signal, struct err *err);

/*
 * Requests to stop or continue all processes of a sandbox. Reply: FROZEN or REFUSED, with the
 * ticket.
 */
int launcher_freeze(struct launcher *launcher, uint32_t id, bool freeze, uint64_t ticket,
		    struct err *err);

/*
 * Requests a new link between a sandbox and its parent, needed after the parent was created again.
 * The only reply is REFUSED, on failure.
 */
int launcher_link(struct launcher *launcher, uint32_t id, struct err *err);

/*
 * Requests new limits, all at once. Reply: LIMITED or REFUSED, with the ticket; REFUSED: no limit
 * has changed. With SANDBOX_NO_PARENT as `id`, sets the limits of all sandboxes together. Of those
 * limits the launcher only records disk_bytes, nofile and caps, for the client: they are the
 * defaults of sandboxes that the client creates.
 */
int launcher_limit(struct launcher *launcher, uint32_t id, const struct sandbox_limits *limits,
		   uint64_t ticket, struct err *err);

/*
 * As launcher_limit for all sandboxes together, but waits, at most 10 s, until the limits are in
 * force. Only for a launcher that has just started and has had no other request.
 */
int launcher_limit_first(struct launcher *launcher, const struct sandbox_limits *limits,
			 struct err *err);

/* Requests a descriptor of the init (pidfd_open(2)). Reply: PIDFD or REFUSED. */
int launcher_pidfd(struct launcher *launcher, uint32_t id, struct err *err);

/*
 * Sets the note, at first 0, of a sandbox or of the whole tree (SANDBOX_NO_PARENT). The launcher
 * gives the note to the next client. The only reply is REFUSED, on failure.
 */
int launcher_note(struct launcher *launcher, uint32_t id, uint64_t note, struct err *err);

/*
 * Takes one event. 1: `event` is filled; 0: no event is waiting; a negative errno: -EPIPE when the
 * launcher has ended. Never blocks.
 */
int launcher_next(struct launcher *launcher, struct sandbox_event *event, struct err *err);

/*
 * Ends the launcher and with it every sandbox: requests the end, waits at most 10 s, then kills the
 * launcher. Accepts a zeroed or closed `launcher`.
 */
void launcher_stop(struct launcher *launcher);

/* Disconnects from a launcher that keeps its sandboxes; the next client can attach. */
void launcher_leave(struct launcher *launcher);

#endif
