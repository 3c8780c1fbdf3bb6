/*
 * The launcher from the inside: one thread, one epoll loop, a table of the live
 * sandboxes by id. server.c takes what is asked, reap.c what ends; both say it
 * with server_tell.
 */
#ifndef BONSAI_SANDBOX_SERVER_H
#define BONSAI_SANDBOX_SERVER_H

#include "sandbox/backend.h"
#include "sandbox/proto.h"

/*
 * The removal of a list: descendants are killed first, the topmost when the last of
 * them is reaped. The kernel clears dead network namespaces in the order in which
 * they died, so the topmost's link gone from its parent proves that all are gone.
 */
struct removal {
	uint64_t ticket;
	size_t left;	     /* sandboxes not yet reaped */
	uint32_t top;	     /* the last of the list */
	uint32_t parent;     /* of the topmost, once it is reaped, */
	int parent_ifindex;  /* and its link there; 0: none to wait for */
	int64_t deadline_ns; /* then the link is deleted by hand */
	struct removal *prev, *next;
};

struct server {
	struct host host;
	int ctl; /* the asking side */
	int epoll;
	struct nl_sock *netlink; /* of the launcher's own network namespace */
	int next_ifindex;
	bool ending;
	struct sandbox *sandboxes;
	struct removal *removals;
	union ask ask;
};

struct sandbox *server_find(struct server *server, uint32_t id);

/* The netlink socket of sandbox `id` or of the launcher; NULL if it is gone. */
struct nl_sock *server_netlink(struct server *server, uint32_t id);

/* Tells the asking side; when that has gone, the loop ends. */
void server_tell(struct server *server, struct tell tell);

void server_refuse(struct server *server, uint32_t id, const struct err *err);

/* The init of `sandbox` ended its set-up, or failed in it: read what it reports. */
void reap_setup(struct server *server, struct sandbox *sandbox);

/* The init ended: reap, tell, forget. `now_ns` is when it was noticed. */
void reap_exit(struct server *server, struct sandbox *sandbox, int64_t now_ns);

/* Kills it for the cause in sandbox->err; FAILED is told when it is reaped. */
void reap_doom(struct sandbox *sandbox);

void reap_remove(struct server *server, const struct ask_remove *ask);

/* Looks after removals that wait for a link; returns the milliseconds to the next look, or -1. */
int reap_removals(struct server *server);

/* Kills and reaps all there is, and waits (bounded) until the links are gone. */
void reap_all(struct server *server);

#endif
