/*
 * One run of the program: the controller it started, the connection to it, what is
 * still to be printed, the signals that came. Everything that waits, waits in
 * session_wait, so that events are shown and signals and the controller's death are
 * noticed whatever else is going on. Once `end` is set nothing more is asked of the
 * controller but to shut down.
 */
#ifndef BONSAI_CLI_SESSION_H
#define BONSAI_CLI_SESSION_H

#include "base/err.h"
#include "controller/cli/client.h"
#include "controller/cli/daemon.h"
#include "controller/cli/out.h"
#include "controller/cli/show.h"

#include <stdbool.h>

enum session_end {
	SESSION_RUNS = 0,
	SESSION_EXIT,	     /* asked for, or the input ended */
	SESSION_SIGNALLED,   /* by `signal` */
	SESSION_DAEMON_GONE, /* the controller died */
	SESSION_OUTPUT_GONE, /* nobody reads (`output_errno`) */
};

struct session {
	struct daemon daemon;
	struct client client;
	struct out out, errs; /* standard output, and programs' standard error */
	int signals;	      /* a signalfd; the signals are blocked */
	bool interactive;     /* somebody types and reads on a terminal */
	bool rounds;	      /* heartbeat rounds are printed */
	enum session_end end;
	int signal, output_errno;
	char ending[128]; /* why the controller ends, if it said so */

	/* For whoever waits: take these in hand, then clear them. */
	bool soft_interrupt; /* SIGINT counts here instead of ending the session, */
	unsigned int interrupts;
	bool at_prompt; /* likewise these two, of the terminal */
	bool suspended, resized;
};

/* What a request is, besides its JSON. */
struct asking {
	const char *what;     /* what was waited for, when no answer comes */
	unsigned int limit_s; /* without any answer */
	show_fn *show;	      /* shows each answer that is no error */
	const char *word;     /* for `show` */
};

/*
 * Blocks the signals that end a session, starts a controller and connects. On failure
 * all is undone, and session->end says so if a signal was why.
 */
int session_open(struct session *session, const char *backend, struct err *err);

/*
 * Ends the controller and with it the tree (at most 60 s, with a word on standard error
 * after 2 s), and says on standard error if something went wrong. Returns the
 * program's exit status.
 */
int session_close(struct session *session);

enum { WAIT_INPUT = 1, WAIT_ANSWER = 2 };

/*
 * Waits at most `timeout_ms` (-1: for ever) until one of `want` is there, and returns
 * those that are; or earlier, 0, because something else happened: an event was
 * put into session->out, a signal came, the controller died. Does not flush.
 */
unsigned int session_wait(struct session *session, unsigned int want, int timeout_ms);

/* Writes session->out. Blocks until it is read, or a signal comes. */
void session_flush(struct session *session);

/* The same with session->errs; that nobody reads it is no failure. */
void session_flush_errs(struct session *session);

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

#endif
