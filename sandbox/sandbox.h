/*
 * A sandbox is what one node lives in: an init process in namespaces of its own,
 * tied to its parent sandbox by one veth pair. Sandboxes are made, held and
 * reaped by the launcher, a single-threaded process of its own (launcher.c);
 * this header is how the rest of the program asks it.
 *
 * struct sandbox_spec says what is wanted, plain data. struct launcher is the
 * asking side's handle: one SOCK_SEQPACKET descriptor. Requests are answered
 * in their own time by events; nothing here waits for a sandbox to come up.
 * Invariant: an id names at most one live sandbox; after SANDBOX_EXITED or
 * SANDBOX_FAILED it is free again.
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
#define SANDBOX_REMOVE_MAX 8192 /* ids in one launcher_remove */

/* What the sandbox's init runs: gets spec.boot, returns the exit status. */
typedef int sandbox_entry(const char *boot);

struct sandbox_spec {
	uint32_t id;
	uint32_t parent;	       /* id of a live sandbox, or SANDBOX_NO_PARENT */
	struct in_addr parent_addr;    /* of the parent's end `c<ID>`, a /31 */
	struct in_addr child_addr;     /* of the child's end `up` */
	char boot[SANDBOX_BOOT_BYTES]; /* NUL-terminated; handed to sandbox_entry */
};

struct launcher {
	int fd; /* poll it for reading; -1 when closed */
	pid_t pid;
	int user_ns; /* descriptors of the launcher's namespaces, */
	int net_ns;  /* for launcher_join; closed by it */
};

enum sandbox_event_kind {
	SANDBOX_CREATED = 1, /* id, pid: the init runs its entry, network up */
	SANDBOX_FAILED,	     /* id, err: nothing of it is left */
	SANDBOX_EXITED,	     /* id, pid, code or signal, time_ns: reaped; its namespaces go */
	SANDBOX_REMOVED,     /* ticket: all of the list are gone, their links too */
	SANDBOX_PIDFD,	     /* id, fd (the caller's to close) */
	SANDBOX_REFUSED,     /* id, err: a request that could not be taken */
};

struct sandbox_event {
	enum sandbox_event_kind kind;
	uint32_t id;
	pid_t pid;	 /* as the caller's PID namespace numbers it */
	int status;	 /* EXITED: exit status, or 0 when signalled */
	int signal;	 /* EXITED: the signal, or 0 */
	bool requested;	 /* EXITED: because of launcher_remove */
	int64_t time_ns; /* EXITED: CLOCK_MONOTONIC when it was noticed */
	uint64_t ticket;
	int fd; /* PIDFD: the descriptor; else -1 */
	struct err err;
};

struct launcher_options {
	const char *backend; /* "ns" or "process" */
	const char *agent;   /* program that the process backend runs, with boot as its argument */
};

/*
 * Starts the launcher: forks, unshares, maps ids and executes this very program
 * again with "--launcher FD BACKEND AGENT" as its arguments, which must lead to
 * launcher_main(). The caller must be single-threaded. Waits at most 10 s until
 * the launcher is ready. Errors say what to change on the host (which sysctl).
 */
int launcher_start(struct launcher *launcher, const struct launcher_options *options,
		   struct err *err);

/*
 * The launcher's main(): argc and argv as executed by launcher_start. `entry` is
 * called in each `ns` sandbox without exec. Returns the exit status.
 */
int launcher_main(int argc, char **argv, sandbox_entry *entry);

/*
 * Moves the calling, single-threaded process into the launcher's user and network
 * namespaces and drops all its capabilities. Call before opening any socket.
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

/* Asks for a descriptor of the init (pidfd_open(2)); answered by PIDFD or REFUSED. */
int launcher_pidfd(struct launcher *launcher, uint32_t id, struct err *err);

/*
 * Takes one event. 1: `event` is filled; 0: none is waiting; negative errno:
 * -EPIPE when the launcher has ended. Never blocks.
 */
int launcher_next(struct launcher *launcher, struct sandbox_event *event, struct err *err);

/*
 * Ends the launcher and with it every sandbox: closes the socket and waits, at
 * most 10 s, until it is reaped (then kills it). Takes a zeroed or closed one.
 */
void launcher_stop(struct launcher *launcher);

#endif
