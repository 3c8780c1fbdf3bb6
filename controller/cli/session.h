/*
 * One run of the program: the controller it started or joined, the connection to it, what
 * is still to be printed, the signals that came. Everything that waits, waits in
 * session_wait, so that events are shown and signals and the controller's death are
 * noticed whatever else is going on. Once `end` is set nothing more is asked of the
 * controller but to shut down.
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
	SESSION_EXIT,	     /* asked for, or the input ended; what goes wrong then still counts */
	SESSION_SIGNALLED,   /* by `signal` */
	SESSION_DAEMON_GONE, /* the controller died */
	SESSION_OUTPUT_GONE, /* nobody reads (`output_errno`) */
};

/* How the program was called. */
struct session_options {
	const char *tree;    /* its name; NULL: the default, or for a tree of our own none */
	const char *backend; /* of a tree that is made, as is the beat (0: the default) */
	int beat_ms;
	const char *on_crash;
	const char *image;		 /* NULL: the host's */
	const char *limits[LIMIT_WORDS]; /* of a tree that is made, by limit_kinds.h */
	const char *seccomp;		 /* likewise */
	const char *uid_range;		 /* likewise */
	const char *cap_add;		 /* likewise, as bonsaid takes it */
	unsigned int timeout_s;		 /* instead of each command's own limit; 0: that */
	bool one_shot; /* one command from the arguments, not lines from the input */
	bool json;     /* answers and events as they are, one a line */
	bool quiet;    /* errors alone, and what programs print */
	bool no_color; /* not on a terminal either */
};

struct session {
	const struct session_options *options;
	struct daemon daemon;
	struct client client;
	struct out out, errs; /* standard output, and errors of programs and one_shot commands */
	int signals;	      /* a signalfd; the signals are blocked */
	bool interactive;     /* somebody types and reads on a terminal */
	bool joined;	      /* the controller was there before, and stays */
	bool take_down;	      /* joined or not, the tree ends with the session */
	bool follows;	      /* one_shot, but events are what it shows */
	bool gapless;	      /* one that is not the next after `seq` is left to a list of them */
	json_int_t seq;	      /* of the event shown last */
	json_int_t newest;    /* of those that came, shown or not */
	bool rounds;	      /* heartbeat rounds are printed */
	int status;	      /* of the program, if all went well; see STATUS_* */
	enum session_end end;
	int signal, output_errno;
	/* What nobody has read by then is dropped; 0: output waits for its reader. */
	int64_t output_deadline_ns;
	char ending[128]; /* why the controller ends, if it said so */

	/* For whoever waits: take these in hand, then clear them. */
	bool soft_interrupt; /* SIGINT counts here instead of ending the session, */
	unsigned int interrupts;
	/* Likewise these, while session_take_terminal has the terminal. */
	bool suspended, resized;
	bool taken; /* it has: then the terminal does not show ^C by itself */
};

/* What a request is, besides its JSON. */
struct asking {
	const char *what;     /* what was waited for, when no answer comes */
	unsigned int limit_s; /* without any answer */
	show_fn *show;	      /* shows each answer that is no error */
	bool stops;	      /* ^C and the time's end stop it, and its answer says where */
	bool progress;	      /* those with more to come say how far it is, */
	bool watched;	      /* and are shown */
	bool names;	      /* several nodes are asked about: an error is told with its node, */
	uint32_t node;	      /* this one, where the answer does not say which */
	const char *word;     /* for `show` */
};

/* Exit statuses; a program that was run has its own. */
enum {
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2,
	STATUS_NOT_REACHED = 3,
	STATUS_TIMED_OUT = 124,
};

/* What the controller of a tree of that name is to be started with. */
struct daemon_spec session_spec(const struct session_options *options, const char *tree);

/* The name of the tree that is meant: as told, or BONSAI_TREE, or the default. */
const char *session_tree(const struct session_options *options);

/* Of a tree that is made: as told, or by the environment; NULL: the default. */
const char *session_backend(const struct session_options *options);

/*
 * Blocks the signals that end a session, joins the controller of the tree, and
 * connects. One that lost its controller gets a new one. Where none is, one of our own is
 * started, whose tree ends with the session; for one_shot -ENOENT. `options` outlive
 * the session. On failure all is undone, and session->end says so if a signal was why.
 */
int session_open(struct session *session, const struct session_options *options, struct err *err);

/*
 * Ends a controller of our own and with it the tree (at most 60 s, with a word on a
 * terminal after 2 s), or leaves one that was joined, unless that is to be taken down: then
 * --timeout and signals end the waiting for that. Says on standard error if something
 * went wrong. Returns the program's exit status.
 */
int session_close(struct session *session);

enum { WAIT_INPUT = 1, WAIT_ANSWER = 2 };

/*
 * Waits at most `timeout_ms` (-1: for ever) until one of `want` is there, and returns
 * those that are; or earlier, 0, because something else happened: an event was
 * put into session->out, a signal came, the controller died. Does not flush.
 */
unsigned int session_wait(struct session *session, unsigned int want, int timeout_ms);

/*
 * Whether the terminal is in a mode of ours: then its signals, which wait for whoever waits,
 * are flagged above.
 */
void session_take_terminal(struct session *session, bool taken);

/* Takes in hand what signals have come. Does not wait. */
void session_take_signals(struct session *session);

/* Before another program is executed: it gets no signal blocked, and SIGPIPE as usual. */
void session_give_back_signals(void);

/* Puts a line of JSON into session->out. */
void session_show_json(struct session *session, const json_t *body);

/* Puts an event into session->out, as lines or as JSON; with --quiet not. */
void session_show_event(struct session *session, const json_t *event);

/* Writes session->out. Blocks until it is read, a signal comes, or session->output_deadline_ns. */
void session_flush(struct session *session);

/* Writes and releases `out`, without a session. The exit status: 0, or why not is said. */
int session_print(struct out *out);

/* The same with session->errs; that nobody reads it is no failure. */
void session_flush_errs(struct session *session);

/* `Error: …`, on standard error for a one_shot command; it will end with STATUS_REFUSED. */
void session_complain(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same of what is wrong with the words themselves: it will end with STATUS_USAGE. */
void session_misuse(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "Error: WHAT: WORD", likewise. */
void session_misuse_word(struct session *session, const char *what, const char *word);

/*
 * The same without a session, on standard error; `nearest` is what may have been meant, or
 * NULL. Returns STATUS_USAGE.
 */
int session_refuse_word(const char *what, const char *word, const char *nearest);

/* `Error: …` in somebody else's words, which may hold anything. */
void session_complain_of(struct session *session, const char *error);

/*
 * Waits for the next answer to request `id`, at most `limit_s` (0: for ever). 1: `answer`
 * is filled, release it; 0: the session has ended; -EINTR: session->interrupts is set;
 * -ETIMEDOUT; -EPROTO.
 */
int session_answer(struct session *session, uint64_t id, unsigned int limit_s,
		   struct answer *answer, struct err *err);

/*
 * Asks (`request` is a new reference, taken), shows all answers and errors. True if the
 * last answer came and no answer was an error.
 */
bool session_ask(struct session *session, json_t *request, const struct asking *asking);

/*
 * Asks for one answer, which the caller releases. False when there is none, or it is an
 * error: that is shown, as session_ask does. Of `asking` only what tells of an error counts.
 */
bool session_fetch(struct session *session, json_t *request, const struct asking *asking,
		   struct answer *answer);

#endif
