/*
 * One run of bonsai: the controller that bonsai started or joined, the connection to the
 * controller, the pending output and the signals. All code that waits for replies or input calls
 * session_wait. So at any time bonsai shows events, and notices signals and the controller's death.
 * Once `end` is set, the only request that bonsai still sends to the controller is `shutdown`.
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
	SESSION_SIGNALLED,   /* the signal in `signal` ended the session */
	SESSION_DAEMON_GONE, /* the controller died */
	SESSION_OUTPUT_GONE, /* writing to standard output failed with `output_errno` */
};

/* How bonsai was called. */
struct session_options {
	const char *tree;    /* NULL: the default tree, or a tree of its own without a name */
	const char *backend; /* for a new tree */
	int beat_ms;	     /* for a new tree; 0: the default */
	const char *on_crash;
	const char *image;		 /* NULL: the host's files */
	const char *limits[LIMIT_WORDS]; /* for a new tree, by enum limit_word */
	const char *seccomp;		 /* for a new tree */
	const char *uid_range;		 /* for a new tree */
	const char *cap_add;		 /* for a new tree, in the form that bonsaid takes */
	unsigned int timeout_s;		 /* replaces each command's own time-out; 0: not given */
	bool one_shot; /* runs one command from the arguments, not lines from the input */
	bool json;     /* show replies and events as JSON, one per line */
	bool quiet;    /* show only errors, and the output of programs */
	bool no_color; /* no color, even on a terminal */
};

struct session {
	const struct session_options *options;
	struct daemon daemon;
	struct client client;
	struct out out, errs; /* standard output; and errors of programs and one_shot commands */
	int signals;	      /* a signalfd; its signals are blocked */
	bool interactive;     /* standard input and output are a terminal, with an operator */
	bool joined;	      /* the tree was up before this session, and stays up after it */
	bool take_down;	      /* the tree ends with the session, even a joined tree */
	bool follows;	      /* a one_shot command that shows events as they come */
	bool gapless;	      /* show only the event `seq` + 1; the command requests others */
	json_int_t seq;	      /* the number of the event shown last */
	json_int_t newest;    /* the highest number of a received event, shown or not */
	bool rounds;	      /* show heartbeat rounds */
	int status;	      /* bonsai's exit status if no failure ends the session */
	enum session_end end;
	int signal, output_errno;
	/*
	 * The time, by clock_ns, from which on output that nobody reads is dropped. 0: bonsai waits
	 * for the reader.
	 */
	int64_t output_deadline_ns;
	char ending[128]; /* why the controller ends, if the controller said so */

	/*
	 * The session sets `interrupts`, `suspended` and `resized`. The code that calls
	 * session_wait acts on them and then clears them.
	 */
	bool soft_interrupt; /* SIGINT counts in `interrupts` and does not end the session */
	unsigned int interrupts;
	/* SIGTSTP or SIGWINCH came. The session sets these only while `taken` is set. */
	bool suspended, resized;
	bool taken; /* the terminal is in a mode that bonsai has set: it does not echo ^C */
};

/* How to handle a request and its replies. */
struct asking {
	const char *what;     /* the command's name, for the error message if no reply comes */
	unsigned int limit_s; /* how many seconds to wait for each reply */
	show_fn *show;	      /* shows each reply that has no error */
	bool stops;	  /* ^C and the time-out cancel it; its last reply says how far it got */
	bool progress;	  /* replies with `more` only report the progress */
	bool watched;	  /* show the progress */
	bool names;	  /* there are several nodes: put the node's id before an error */
	uint32_t node;	  /* the node's id, for a reply that does not name a node */
	const char *word; /* passed to `show` */
};

/* Exit statuses of bonsai. `exec` and `enter` exit with the program's own status. */
enum {
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2,
	STATUS_NOT_REACHED = 3,
	STATUS_TIMED_OUT = 124,
};

/* Returns the options with which to start a controller for the tree `tree`. */
struct daemon_spec session_spec(const struct session_options *options, const char *tree);

/*
 * Returns the name of the tree to use: from --tree, or else from BONSAI_TREE, or else the default.
 */
const char *session_tree(const struct session_options *options);

/*
 * Returns the backend for a new tree: from --backend, or else from BONSAI_BACKEND. NULL: the
 * default.
 */
const char *session_backend(const struct session_options *options);

/*
 * Opens the session: blocks the signals that end a session, joins the controller of the tree, and
 * connects. If the tree has lost its controller, starts a new controller. If no such tree is up,
 * starts a controller of the session's own, whose tree ends with the session; a one_shot command
 * gets -ENOENT instead. `options` must outlive the session. On failure undoes everything; if a
 * signal was the cause, session->end is SESSION_SIGNALLED.
 */
int session_open(struct session *session, const struct session_options *options, struct err *err);

/*
 * Closes the session. Ends the session's own controller and its tree: waits at most 60 s, and after
 * 2 s shows a message on a terminal. Leaves a joined controller running, unless session->take_down
 * is set. With take_down, --timeout or a signal ends the waiting. Reports failures on standard
 * error. Returns bonsai's exit status.
 */
int session_close(struct session *session);

enum { WAIT_INPUT = 1, WAIT_ANSWER = 2 };

/*
 * Waits at most `timeout_ms` (-1: forever) for input or a reply, as `want` says (WAIT_INPUT,
 * WAIT_ANSWER). Returns the flags of what is ready. Returns 0 earlier if an event was put into
 * session->out, a signal came, or the controller died. Does not flush session->out.
 */
unsigned int session_wait(struct session *session, unsigned int want, int timeout_ms);

/*
 * Tells the session whether the terminal is in a mode that bonsai has set. While it is, SIGTSTP and
 * SIGWINCH are blocked and only set `suspended` and `resized`.
 */
void session_take_terminal(struct session *session, bool taken);

/* Handles all signals that have come until now. Does not wait. */
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
 * Writes session->out. Blocks until all text is written. A signal that ends the session, a ^C
 * counted in `interrupts`, or session->output_deadline_ns ends the waiting, and the remaining text
 * is dropped.
 */
void session_flush(struct session *session);

/*
 * Writes `out` to standard output and releases it; needs no session. Returns bonsai's exit status:
 * 0, or another status if writing failed.
 */
int session_print(struct out *out);

/*
 * Writes session->errs to standard error, in the same way as session_flush. A failure to write is
 * ignored.
 */
void session_flush_errs(struct session *session);

/*
 * Shows `Error: …`: on standard error for a one_shot command, otherwise in session->out. bonsai
 * will exit with STATUS_REFUSED, unless an earlier error has set the exit status.
 */
void session_complain(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same as session_complain, but for wrong arguments: bonsai will exit with STATUS_USAGE. */
void session_misuse(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same as session_misuse, with the text "Error: WHAT: WORD". */
void session_misuse_word(struct session *session, const char *what, const char *word);

/*
 * The same as session_misuse_word, but needs no session and writes to standard error. `nearest` is
 * the word that the operator may have meant, or NULL. Returns STATUS_USAGE.
 */
int session_refuse_word(const char *what, const char *word, const char *nearest);

/* Shows `Error: …` with a text from another process. The text may contain any octets. */
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
 * Sends `request`, taking over the reference, and gets the one reply to that request, which the
 * caller releases. False: no reply came, or the reply is an error; the error is shown as
 * session_ask shows it. Of `asking`, uses only `what`, `names` and `node`.
 */
bool session_fetch(struct session *session, json_t *request, const struct asking *asking,
		   struct answer *answer);

#endif
