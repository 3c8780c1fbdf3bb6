/*
 * One run of bonsai: the controller that it started or joined, the connection to the controller,
 * the pending output and the signals. Code that waits for replies or input uses session_wait. So
 * events are shown, and signals and the controller's death are noticed, at any time. Once `end` is
 * set, bonsai sends the controller no request but `shutdown`.
 */
#ifndef BONSAI_CLI_SESSION_H
#define BONSAI_CLI_SESSION_H

#include "base/err.h"
#include "controller/cli/client.h"
#include "controller/cli/daemon.h"
#include "controller/cli/limit_kinds.h"
#include "controller/cli/out.h"
#include "controller/cli/show.h"

#include <stdbool.h>

enum session_end {
	SESSION_RUNS = 0,
	SESSION_EXIT,	     /* requested, or the input ended; a later failure replaces it */
	SESSION_SIGNALLED,   /* `signal` ended it */
	SESSION_DAEMON_GONE, /* the controller died */
	SESSION_OUTPUT_GONE, /* standard output failed (`output_errno`) */
};

/* How bonsai was called. */
struct session_options {
	const char *tree;    /* its name; NULL: the default, or no name for a session's own tree */
	const char *backend; /* for a new tree, as is beat_ms (0: the default) */
	int beat_ms;
	const char *on_crash;
	const char *image;		 /* NULL: the host's files */
	const char *limits[LIMIT_WORDS]; /* for a new tree, by enum limit_word */
	const char *seccomp;		 /* for a new tree */
	const char *uid_range;		 /* for a new tree */
	const char *cap_add;		 /* for a new tree, as bonsaid takes it */
	unsigned int timeout_s;		 /* replaces each command's own limit; 0: not given */
	bool one_shot; /* one command from the arguments, not lines from the input */
	bool json;     /* replies and events as JSON, one a line */
	bool quiet;    /* only errors, and what programs print */
	bool no_color; /* no color, even on a terminal */
};

struct session {
	const struct session_options *options;
	struct daemon daemon;
	struct client client;
	struct out out, errs; /* standard output, and errors of programs and one_shot commands */
	int signals;	      /* a signalfd; its signals are blocked */
	bool interactive;     /* an operator types and reads on a terminal */
	bool joined;	      /* the tree was up before, and stays */
	bool take_down;	      /* the tree ends with the session, even if joined */
	bool follows;	      /* one_shot, and the command shows events */
	bool gapless;	      /* show only the event after `seq`; a list has the others */
	json_int_t seq;	      /* of the event shown last */
	json_int_t newest;    /* the highest of all received events, shown or not */
	bool rounds;	      /* show heartbeat rounds */
	int status;	      /* bonsai's exit status if all goes well; see STATUS_* */
	enum session_end end;
	int signal, output_errno;
	/* When unread output is dropped, by clock_ns; 0: output waits for its reader. */
	int64_t output_deadline_ns;
	char ending[128]; /* why the controller ends, if it said so */

	/* The code that waits acts on `interrupts`, `suspended` and `resized`, then clears them. */
	bool soft_interrupt; /* SIGINT counts in `interrupts` and does not end the session */
	unsigned int interrupts;
	/* SIGTSTP or SIGWINCH came; set only while session_take_terminal has the terminal. */
	bool suspended, resized;
	bool taken; /* the terminal is in bonsai's mode, and does not echo ^C */
};

/* How to handle a request and its replies. */
struct asking {
	const char *what;     /* the command's name, for the error if no reply comes */
	unsigned int limit_s; /* how long to wait for each reply */
	show_fn *show;	      /* shows each reply that is no error */
	bool stops;	  /* ^C and the time-out cancel it; its last reply says how far it got */
	bool progress;	  /* replies with `more` report the progress */
	bool watched;	  /* show the progress */
	bool names;	  /* there are several nodes: put the node before an error */
	uint32_t node;	  /* the node, if the reply does not name one */
	const char *word; /* passed to `show` */
};

/* Exit statuses of bonsai. `exec` and `enter` exit with the program's own status. */
enum {
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2,
	STATUS_NOT_REACHED = 3,
	STATUS_TIMED_OUT = 124,
};

/* Returns how to start the controller of the tree of that name. */
struct daemon_spec session_spec(const struct session_options *options, const char *tree);

/* Returns the name of the tree to use: as given, or from BONSAI_TREE, or the default. */
const char *session_tree(const struct session_options *options);

/* Returns the backend for a new tree: as given, or from BONSAI_BACKEND; NULL: the default. */
const char *session_backend(const struct session_options *options);

/*
 * Blocks the signals that end a session, joins the controller of the tree, and connects. If the
 * tree has lost its controller, starts a new controller. If no such tree is up, starts a controller
 * of its own, whose tree ends with the session; a one_shot command gets -ENOENT instead. `options`
 * must outlive the session. On failure undoes everything; if a signal was the cause, session->end
 * says so.
 */
int session_open(struct session *session, const struct session_options *options, struct err *err);

/*
 * Ends the session's own controller and its tree: waits at most 60 s, with a message on a terminal
 * after 2 s. Leaves a joined controller running, unless session->take_down is set; then --timeout
 * or a signal ends the waiting. Reports failures on standard error. Returns bonsai's exit status.
 */
int session_close(struct session *session);

enum { WAIT_INPUT = 1, WAIT_ANSWER = 2 };

/*
 * Waits at most `timeout_ms` (-1: forever) until something of `want` is there, and returns what is
 * there. Returns 0 earlier if something else happens: an event was put into session->out, a signal
 * came, or the controller died. Does not flush.
 */
unsigned int session_wait(struct session *session, unsigned int want, int timeout_ms);

/*
 * Tells the session whether the terminal is in a mode of bonsai's own. While it is, SIGTSTP and
 * SIGWINCH are blocked and only set `suspended` and `resized`.
 */
void session_take_terminal(struct session *session, bool taken);

/* Handles the signals that have come. Does not wait. */
void session_take_signals(struct session *session);

/*
 * Call this before executing another program: unblocks all signals, and gives SIGPIPE and SIGXFSZ
 * their default actions.
 */
void session_give_back_signals(void);

/* Adds `body` as a line of JSON to session->out. */
void session_show_json(struct session *session, const json_t *body);

/* Adds an event to session->out, as text or as JSON; with --quiet adds nothing. */
void session_show_event(struct session *session, const json_t *event);

/*
 * Writes session->out. Blocks until it is written. An ending signal, a counted ^C or
 * session->output_deadline_ns ends the waiting, and the rest is dropped.
 */
void session_flush(struct session *session);

/*
 * Writes and releases `out`; needs no session. Returns the exit status: 0, or another if the write
 * failed.
 */
int session_print(struct out *out);

/* Writes session->errs as session_flush writes session->out. A failure to write is ignored. */
void session_flush_errs(struct session *session);

/*
 * Shows `Error: …`, for a one_shot command on standard error. bonsai will exit with STATUS_REFUSED,
 * unless an earlier error has set the status.
 */
void session_complain(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As session_complain, about wrong arguments: bonsai will exit with STATUS_USAGE. */
void session_misuse(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As session_misuse: "Error: WHAT: WORD". */
void session_misuse_word(struct session *session, const char *what, const char *word);

/*
 * As session_misuse_word, but needs no session and writes to standard error. `nearest` is what the
 * operator may have meant, or NULL. Returns STATUS_USAGE.
 */
int session_refuse_word(const char *what, const char *word, const char *nearest);

/* Shows `Error: …` with the text of another process, which may hold anything. */
void session_complain_of(struct session *session, const char *error);

/*
 * Waits for the next reply to request `id`, at most `limit_s` seconds (0: forever). 1: `answer` is
 * filled, and the caller releases it. 0: the session has ended. -EINTR: session->interrupts is set.
 * -ETIMEDOUT: no reply came in time. -EPROTO: a reply was malformed.
 */
int session_answer(struct session *session, uint64_t id, unsigned int limit_s,
		   struct answer *answer, struct err *err);

/*
 * Sends `request`, taking over the reference, and shows all replies and errors. True: the last
 * reply came, and no reply was an error.
 */
bool session_ask(struct session *session, json_t *request, const struct asking *asking);

/*
 * Sends `request`, taking over the reference, and gets its one reply, which the caller releases.
 * False: no reply came, or it was an error; the error is shown as by session_ask. Uses only `what`,
 * `names` and `node` of `asking`.
 */
bool session_fetch(struct session *session, json_t *request, const struct asking *asking,
		   struct answer *answer);

#endif
