/*
 * The inside of the launcher: one thread, one epoll loop, a table of the sandboxes by id
 * (launcher.c). server.c handles requests, reap.c handles exits; both send events by server_tell.
 * attend.c handles how a client connects and disconnects.
 */
#ifndef BONSAI_SANDBOX_SERVER_H
#define BONSAI_SANDBOX_SERVER_H

#include "sandbox/backend.h"
#include "sandbox/cgroup.h"
#include "sandbox/outbox.h"
#include "sandbox/proto.h"

/*
 * The removal of a list of sandboxes. The launcher kills the descendants first, and the topmost
 * sandbox when all others are reaped. The kernel clears dead network namespaces in the order in
 * which they died. So when the topmost sandbox's link is gone from its parent, the links of all are
 * gone.
 */
struct removal {
	uint64_t ticket;
	size_t left;	    /* sandboxes not yet reaped */
	uint32_t top;	    /* id of the topmost sandbox, the last of the list */
	uint32_t parent;    /* parent of the topmost; set when that one is reaped */
	int parent_ifindex; /* index of the topmost's link in `parent`; 0: do not wait for a link */
	int64_t deadline_ns; /* after that time the launcher deletes the link itself */
	struct removal *prev, *next;
};

struct server {
	struct host host;
	int ctl;     /* the client's socket; -1: no client */
	bool proven; /* the client has sent a request */
	bool deaf;   /* sending to the client failed; its queued requests are still to be read */
	struct outbox outbox; /* messages for which the client's socket has no room */
	bool holds;	      /* the outbox is not empty: epoll watches `ctl` for EPOLLOUT only */
	int next;	      /* the connection that waits for the client to disconnect; -1: none */
	int listen; /* where the next client attaches; -1: the launcher ends with its client */
	uint32_t generation; /* number of clients so far */
	uint64_t note;
	struct sandbox_limits limits; /* limits of all sandboxes together */
	struct cgroups groups;
	pid_t sweeper;		/* its PID, see sweeper.h; 0: not started */
	int64_t kills_until_ns; /* latest kills_until_ns of the sandboxes; 0: none */
	int tree_oom;	     /* descriptor of cgroup_watch_memory for the tree; -1: not watched */
	uint64_t tree_met;   /* count of cgroup_met_memory for tree_oom */
	int64_t tree_met_ns; /* when tree_met last rose */
	int epoll;
	struct nl_sock *netlink; /* of the launcher's own network namespace */
	bool ending;
	struct sandbox *sandboxes;
	struct removal *removals;
	union ask ask;
};

/*
 * Tags of epoll events: one of these two, or a tag that server_tag() makes of a sandbox's id and,
 * in two bits, an enum tag_kind.
 */
#define CTL_TAG UINT64_MAX
#define LISTEN_TAG (UINT64_MAX - 1)

struct sandbox *server_find(struct server *server, uint32_t id);

/*
 * Returns the netlink socket of sandbox `id`, or of the launcher (SANDBOX_NO_PARENT). NULL: there
 * is none.
 */
struct nl_sock *server_netlink(struct server *server, uint32_t id);

/*
 * Returns a pidfd of the child that the launcher reaps for the sandbox. That is the keeper
 * (backend.h) if the sandbox has one, else the init.
 */
static inline int server_child(const struct sandbox *sandbox)
{
	return sandbox->keeper >= 0 ? sandbox->keeper : sandbox->pidfd;
}

/* Handles one epoll event with the tag `tag`. */
void server_take(struct server *server, uint64_t tag, int64_t now_ns);

/*
 * Sends `signal` to the init, or to its keeper (backend.h) while the init is unknown. SIGKILL also
 * thaws a frozen sandbox, so that it can die, and kills all processes of a sandbox that has control
 * groups. Returns 0 or a negative errno.
 */
int server_signal(struct server *server, const struct sandbox *sandbox, int signal);

/*
 * Sets up what an init waits for: limits, ids and the link to its parent. If the parent has no
 * network yet, server_go_on makes the link later.
 */
int server_assist(struct server *server, struct sandbox *sandbox, struct err *err);

/*
 * Parts of server_assist. server_connect makes the link to the parent; the netlink sockets of the
 * sandbox and its parent must be open. server_let_go_on sends the init the byte that the init waits
 * for.
 */
int server_connect(struct server *server, struct sandbox *sandbox, struct err *err);
int server_let_go_on(const struct sandbox *sandbox, struct err *err);

/* --- join.c: sandboxes whose init or parent comes late --- */

/* True if the parent of `sandbox` is still being set up and has no network yet. */
bool server_waits(struct server *server, const struct sandbox *sandbox);

/*
 * Links the sandbox to its parent, then lets its init continue. -ENOENT: the parent has no network.
 */
int server_join(struct server *server, struct sandbox *sandbox, struct err *err);

/*
 * Resumes the sandboxes that wait for the network of `parent`; fails them if `parent` has exited.
 */
void server_go_on(struct server *server, uint32_t parent);

/* Reads the first message of an init that the backend did not know when it started the sandbox. */
void server_greet(struct server *server, struct sandbox *sandbox);

/* Handles ASK_LINK. */
void server_link(struct server *server, uint32_t id);

#define NO_PARENT "no parent sandbox %u" /* with -ENOENT; the parent may be created again */

enum tag_kind { TAG_PIDFD = 0, TAG_SYNC = 1, TAG_OOM = 2 };

static inline uint64_t server_tag(uint32_t id, enum tag_kind kind)
{
	return (uint64_t)id << 2 | kind;
}

/* Adds the descriptor `fd` to epoll, for `events` of epoll(7), with the tag `tag`. */
int server_watch(struct server *server, int fd, uint32_t events, uint64_t tag, struct err *err);

/* --- limit.c: limits of sandboxes --- */

/*
 * Call before the first control group is made: starts the sweeper, which removes the groups if the
 * launcher is killed.
 */
void limit_expect_groups(struct server *server);

/* Checks, as far as possible before the start, whether a sandbox can have these limits. */
int limit_check(struct server *server, const struct sandbox_limits *limits, struct err *err);

/*
 * Sets the soft limits that the agent hands on to its programs. If the sandbox or the tree has
 * limits that need control groups, makes the sandbox's groups and moves its init into them.
 */
int limit_begin(struct server *server, struct sandbox *sandbox, struct err *err);

/*
 * Called when the kernel reports a met memory limit of the sandbox or the tree. Tells the client of
 * killed processes.
 */
void limit_wake(struct server *server, struct sandbox *sandbox);

/*
 * Looks for kills that the kernel has announced but not yet counted. Returns the milliseconds until
 * the next look, or -1: no look is needed.
 */
int limit_look_again(struct server *server);

/*
 * Called when the sandbox has exited. Tells the client of kills that it does not know of yet, then
 * removes the sandbox's control groups.
 */
void limit_end(struct server *server, struct sandbox *sandbox);

/* Handles ASK_LIMIT. */
void limit_take(struct server *server, const struct ask_limit *ask);

/*
 * Sends an event to the client; server_tell_fds also sends descriptors. Does nothing if there is no
 * client. If the send fails, sets server->deaf; if server->listen is -1, this also ends the
 * launcher.
 */
void server_tell(struct server *server, struct tell tell);
void server_tell_fds(struct server *server, struct tell tell, const int *fds, int count);

/* Sends the client TELL_READY, with the namespaces. 0 or a negative errno. */
int attend_welcome(struct server *server);

/* Called when the client's socket has room again or the client is gone. Sends the held messages. */
void attend_flush(struct server *server);

/*
 * Called when the client has disconnected. Serves the next client, waits for one, or ends the
 * launcher.
 */
void attend_lost(struct server *server);

/*
 * Accepts a connection. If there is no client, or the client has sent no request yet, the
 * connection becomes the client and gets the whole record. Otherwise the connection waits in
 * server->next.
 */
void attend_next(struct server *server);

void server_refuse(struct server *server, uint32_t id, const struct err *err);

/* Reads the setup report of the init: sends CREATED, or kills the init if its set-up failed. */
void reap_setup(struct server *server, struct sandbox *sandbox);

/*
 * Called when the init may have exited: reaps the init and tells the client. If the sandbox exited
 * by itself while running, keeps its record; otherwise frees the sandbox. `now_ns`: when the
 * launcher noticed the exit.
 */
void reap_exit(struct server *server, struct sandbox *sandbox, int64_t now_ns);

/*
 * Kills the init because of the error in sandbox->err. The launcher sends FAILED when it reaps the
 * init.
 */
void reap_doom(struct server *server, struct sandbox *sandbox);

/* Deletes the record of a sandbox that has exited. */
void reap_forget(struct server *server, struct sandbox *sandbox);

void reap_remove(struct server *server, const struct ask_remove *ask);

/*
 * Checks the removals that wait for a link to vanish. Returns the milliseconds until the next
 * check, or -1: no check is needed.
 */
int reap_removals(struct server *server);

/* Kills and reaps all sandboxes, and waits at most 8 s until the root's link is gone. */
void reap_all(struct server *server);

#endif
