/*
 * The launcher from the inside: one thread, one epoll loop, a table of the
 * sandboxes by id (launcher.c). server.c takes what is asked, reap.c what ends; both say it
 * with server_tell. attend.c knows whom: the asking side, how it comes and goes.
 */
#ifndef BONSAI_SANDBOX_SERVER_H
#define BONSAI_SANDBOX_SERVER_H

#include "sandbox/backend.h"
#include "sandbox/cgroup.h"
#include "sandbox/outbox.h"
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
	int ctl;	      /* the asking side; -1 while there is none */
	bool proven;	      /* it has asked for something */
	bool deaf;	      /* it takes no word any more, but its own are still to be read */
	struct outbox outbox; /* what it has no room for just now */
	bool holds;	      /* the outbox holds something: CTL_TAG is of EPOLLOUT */
	int next;	      /* who waits for that one to go; -1: nobody */
	int listen;	      /* where the next one attaches; -1: without it we end */
	uint32_t generation;  /* asking sides there were */
	uint64_t note;
	struct sandbox_limits limits; /* of all together */
	struct cgroups groups;
	pid_t sweeper;		/* sweeper.h; 0: none yet */
	int64_t kills_until_ns; /* the latest of its sandboxes' */
	int tree_oom;		/* of cgroup_watch_memory, of all together; -1: not yet */
	uint64_t tree_met;	/* and cgroup_met_memory; */
	int64_t tree_met_ns;	/* when that was last so */
	int epoll;
	struct nl_sock *netlink; /* of the launcher's own network namespace */
	bool ending;
	struct sandbox *sandboxes;
	struct removal *removals;
	union ask ask;
};

/* What an event is about: these, or a sandbox's id and two bits of what. */
#define CTL_TAG UINT64_MAX
#define LISTEN_TAG (UINT64_MAX - 1)

struct sandbox *server_find(struct server *server, uint32_t id);

/* The netlink socket of sandbox `id` or of the launcher; NULL if it is gone. */
struct nl_sock *server_netlink(struct server *server, uint32_t id);

/* Of a sandbox, a pidfd of what the launcher reaps. */
static inline int server_child(const struct sandbox *sandbox)
{
	return sandbox->keeper >= 0 ? sandbox->keeper : sandbox->pidfd;
}

/* What epoll tells of that tag. */
void server_take(struct server *server, uint64_t tag, int64_t now_ns);

/* Sends it to the init, or what keeps that. Killed, a frozen one dies. 0 or a negative errno. */
int server_signal(struct server *server, const struct sandbox *sandbox, int signal);

/* Does for an init what it waits for, from limits and ids to its link, as far as can be now. */
int server_assist(struct server *server, struct sandbox *sandbox, struct err *err);

/* Of that: makes the link to the parent, both netlink sockets being open; lets the init go on. */
int server_connect(struct server *server, struct sandbox *sandbox, struct err *err);
int server_let_go_on(const struct sandbox *sandbox, struct err *err);

/* --- join.c: sandboxes and parents that come late --- */

/* Its parent is on its way, and has no network yet. */
bool server_waits(struct server *server, const struct sandbox *sandbox);

/* Links it to its parent, and lets the init go on. */
int server_join(struct server *server, struct sandbox *sandbox, struct err *err);

/* Those that waited for this parent go on, or end if it has. */
void server_go_on(struct server *server, uint32_t parent);

/* The first word of an init that its backend did not know. */
void server_greet(struct server *server, struct sandbox *sandbox);

/* ASK_LINK. */
void server_link(struct server *server, uint32_t id);

#define NO_PARENT "no parent sandbox %u" /* with -ENOENT: it may be there again later */

enum tag_kind { TAG_PIDFD = 0, TAG_SYNC = 1, TAG_OOM = 2 };

static inline uint64_t server_tag(uint32_t id, enum tag_kind kind)
{
	return (uint64_t)id << 2 | kind;
}

/* Watches a descriptor for `events` of epoll(7). */
int server_watch(struct server *server, int fd, uint32_t events, uint64_t tag, struct err *err);

/* --- limit.c: what a sandbox may use --- */

/* There will be control groups: has them removed after a launcher that was killed. */
void limit_expect_groups(struct server *server);

/* Whether there can be one with these, as far as that is known before it is started. */
int limit_check(struct server *server, const struct sandbox_limits *limits, struct err *err);

/* Makes its groups, if it has limits that need any, and puts its init into them. */
int limit_begin(struct server *server, struct sandbox *sandbox, struct err *err);

/* Something has happened to its memory: tells of kills. */
void limit_wake(struct server *server, struct sandbox *sandbox);

/* Looks for kills that were announced; returns the milliseconds to the next look, or -1. */
int limit_look_again(struct server *server);

/* It has ended: kills that were not told yet are, and its groups go. */
void limit_end(struct server *server, struct sandbox *sandbox);

/* ASK_LIMIT. */
void limit_take(struct server *server, const struct ask_limit *ask);

/* Tells the asking side, if there is one, with descriptors; notices when it has gone. */
void server_tell(struct server *server, struct tell tell);
void server_tell_fds(struct server *server, struct tell tell, const int *fds, int count);

/* The first word to an asking side: namespaces and all. */
int attend_welcome(struct server *server);

/* There is room in the socket again, or the asking side has gone: sends what is held. */
void attend_flush(struct server *server);

/* The asking side has gone: everything ends, or waits for the next. */
void attend_lost(struct server *server);

/* Somebody knocks: takes him for the next asking side when there is none, and tells him all on
 * record. */
void attend_next(struct server *server);

void server_refuse(struct server *server, uint32_t id, const struct err *err);

/* The init of `sandbox` ended its set-up, or failed in it: read what it reports. */
void reap_setup(struct server *server, struct sandbox *sandbox);

/* The init ended: reap, tell, forget. `now_ns` is when it was noticed. */
void reap_exit(struct server *server, struct sandbox *sandbox, int64_t now_ns);

/* Kills it for the cause in sandbox->err; FAILED is told when it is reaped. */
void reap_doom(struct server *server, struct sandbox *sandbox);

/* Takes one that is over off the record. */
void reap_forget(struct server *server, struct sandbox *sandbox);

void reap_remove(struct server *server, const struct ask_remove *ask);

/* Looks after removals that wait for a link; returns the milliseconds to the next look, or -1. */
int reap_removals(struct server *server);

/* Kills and reaps all there is, and waits (bounded) until the links are gone. */
void reap_all(struct server *server);

#endif
