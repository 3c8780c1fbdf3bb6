#include "controller/cli/session.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <zmq.h>

#define SHUTDOWN_LIMIT_S 60
#define SHUTDOWN_WORD_S 2
#define LAST_CHANCE_S 2
#define DEAD_LIMIT_S 10 /* for a controller that closed its lifeline to be gone */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int terminal_signals[] = {SIGTSTP, SIGWINCH};

static int block_signals(struct session *session, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending_signals); i++)
		sigaddset(&set, ending_signals[i]);
	for (size_t i = 0; session->interactive && i < ARRAY_SIZE(terminal_signals); i++)
		sigaddset(&set, terminal_signals[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	session->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return session->signals < 0 ? err_errno(err, -errno, "watch signals") : 0;
}

static void end_session(struct session *session, enum session_end end)
{
	if (!session->end)
		session->end = end;
}

static void take_signal(struct session *session, int sig)
{
	if (sig == SIGINT && session->soft_interrupt) {
		session->interrupts++;
	} else if (sig == SIGWINCH) {
		session->resized = session->at_prompt;
	} else if (sig == SIGTSTP && session->at_prompt) {
		session->suspended = true;
	} else if (sig == SIGTSTP) {
		raise(SIGSTOP);
	} else if (!session->end) {
		session->end = SESSION_SIGNALLED;
		session->signal = sig;
	}
}

static void take_signals(struct session *session)
{
	struct signalfd_siginfo info;

	while (read(session->signals, &info, sizeof(info)) == sizeof(info))
		take_signal(session, (int)info.ssi_signo);
}

int session_open(struct session *session, const char *backend, struct err *err)
{
	int rc;

	memset(session, 0, sizeof(*session));
	session->daemon = (struct daemon)DAEMON_INIT;
	session->interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	rc = block_signals(session, err);
	if (rc)
		return rc;
	rc = daemon_start(&session->daemon, backend, session->signals, err);
	if (!rc)
		rc = client_open(&session->client, session->daemon.dir, err);
	if (!rc)
		return 0;
	take_signals(session);
	daemon_stop(&session->daemon, clock_ns() + DEAD_LIMIT_S * NS_PER_S, NULL, 0);
	close(steal_fd(&session->signals));
	return rc;
}

/* True when there was one. */
static bool take_event(struct session *session)
{
	json_t *event = NULL;
	int rc = client_next_event(&session->client, &event, NULL);

	if (rc == 1)
		show_event(event, session->rounds, &session->out, session->ending,
			   sizeof(session->ending));
	json_decref(event);
	return rc == 1 || rc == -EPROTO;
}

static void take_events(struct session *session)
{
	/* Bounded, so that a flood of events doesn't keep answers and input waiting. */
	for (int i = 0; i < 1000 && take_event(session); i++)
		;
}

/*
 * The controller closes its end only by ending; its last line there may be why. True when
 * it is closed.
 */
static bool take_lifeline(struct session *session)
{
	char line[256];
	ssize_t n;

	while ((n = recv(session->daemon.lifeline, line, sizeof(line) - 1, MSG_DONTWAIT)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "Error: ", 7))
			text_printable(session->ending, sizeof(session->ending), line + 7);
	}
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

unsigned int session_wait(struct session *session, unsigned int want, int timeout_ms)
{
	zmq_pollitem_t items[] = {
	    {session->client.events, -1, ZMQ_POLLIN, 0},
	    {NULL, session->signals, ZMQ_POLLIN, 0},
	    {NULL, session->daemon.lifeline, ZMQ_POLLIN, 0},
	    {NULL, session->daemon.pidfd, ZMQ_POLLIN, 0},
	    {session->client.api, -1, want & WAIT_ANSWER ? ZMQ_POLLIN : 0, 0},
	    {NULL, STDIN_FILENO, ZMQ_POLLIN, 0},
	};
	int count = ARRAY_SIZE(items) - !(want & WAIT_INPUT);
	unsigned int ready = 0;

	if (session->end || zmq_poll(items, count, timeout_ms) < 0)
		return 0;
	if (items[0].revents)
		take_events(session);
	if (items[1].revents)
		take_signals(session);
	if ((items[2].revents && take_lifeline(session)) || items[3].revents) {
		take_lifeline(session);
		take_events(session);
		end_session(session, SESSION_DAEMON_GONE);
	}
	if (items[4].revents)
		ready |= WAIT_ANSWER;
	/* POLLERR as well: read(2) says what it is. */
	if ((want & WAIT_INPUT) && items[5].revents)
		ready |= WAIT_INPUT;
	return session->end ? 0 : ready;
}

void session_flush(struct session *session)
{
	int rc;

	for (;;) {
		int timeout = session->end == SESSION_SIGNALLED ? 0 : -1;

		rc = out_flush(&session->out, STDOUT_FILENO, session->signals, timeout);
		if (rc != -EINTR)
			break;
		take_signals(session);
		if (session->interrupts)
			break;
	}
	if (rc)
		out_drop(&session->out);
	if (rc && rc != -EINTR && rc != -EAGAIN && !session->end) {
		session->end = SESSION_OUTPUT_GONE;
		session->output_errno = -rc;
	}
}

void session_flush_errs(struct session *session)
{
	while (out_flush(&session->errs, STDERR_FILENO, session->signals, -1) == -EINTR) {
		take_signals(session);
		if (session->end || session->interrupts)
			break;
	}
	out_drop(&session->errs);
}

int session_answer(struct session *session, uint64_t id, unsigned int limit_s,
		   struct answer *answer, struct err *err)
{
	int64_t deadline = clock_ns() + limit_s * NS_PER_S;

	for (;;) {
		int rc = session->end ? 0 : client_next(&session->client, answer, err);

		if (rc == 1 && (answer->id == id || answer->id == CLIENT_NO_ID))
			return 1;
		if (rc == 1) {
			/* Late, to a request that was given up. */
			answer_release(answer);
			continue;
		}
		if (rc < 0)
			return rc;
		session_flush(session);
		if (!session->end && !session->interrupts)
			session_wait(session, WAIT_ANSWER,
				     limit_s ? clock_ms_until(deadline, 60000) : -1);
		if (session->end)
			return 0;
		if (session->interrupts)
			return err_text(err, -EINTR, "interrupted");
		if (limit_s && clock_ns() >= deadline)
			return err_text(err, -ETIMEDOUT, "no answer within %u s", limit_s);
	}
}

bool session_ask(struct session *session, json_t *request, const struct asking *asking)
{
	struct err err = {0};
	bool more = true, fine = true;
	uint64_t id = 0;
	int rc = client_send(&session->client, request, &id, &err);

	while (!rc && more) {
		struct answer answer = {0};

		rc = session_answer(session, id, asking->limit_s, &answer, &err);
		if (!rc)
			return false;
		if (rc < 0)
			break;
		rc = 0;
		more = answer.more;
		if (show_error(answer.body, &session->out))
			fine = false;
		else if (!asking->show(answer.body, asking->word, &session->out))
			rc = err_text(&err, -EPROTO, "the controller's answer makes no sense");
		answer_release(&answer);
	}
	if (rc)
		out_line(&session->out, "Error: %s: %s", asking->what, err.text);
	return !rc && fine;
}

/* Asks for the end and waits until it has come, or until the deadline. */
static void shut_down(struct session *session, int64_t deadline_ns)
{
	int64_t word_at = clock_ns() + SHUTDOWN_WORD_S * NS_PER_S;
	const struct daemon *daemon = &session->daemon;
	int gone = daemon->pidfd >= 0 ? daemon->pidfd : daemon->lifeline;
	bool said = false;
	uint64_t id = 0;

	if (client_send(&session->client, json_pack("{s:s}", "cmd", "shutdown"), &id, NULL))
		return;
	while (clock_ns() < deadline_ns) {
		zmq_pollitem_t items[] = {
		    {session->client.api, -1, ZMQ_POLLIN, 0},
		    {NULL, gone, ZMQ_POLLIN, 0},
		};
		struct answer answer = {0};
		bool done;

		zmq_poll(items, 2, clock_ms_until(said ? deadline_ns : word_at, 1000));
		if (items[1].revents)
			return;
		done = client_next(&session->client, &answer, NULL) == 1 && answer.id == id;
		answer_release(&answer);
		if (done)
			return;
		if (!said && clock_ns() >= word_at) {
			fprintf(stderr, "bonsai: taking the tree down, at most %d s\n",
				SHUTDOWN_LIMIT_S);
			said = true;
		}
	}
}

static int status_of(const struct session *session, const char *how)
{
	switch (session->end) {
	case SESSION_SIGNALLED:
		return 128 + session->signal;
	case SESSION_DAEMON_GONE:
		fprintf(stderr, "Error: the controller ended: %s\n",
			*session->ending ? session->ending
			: *how		 ? how
					 : "nobody said why");
		return 3;
	case SESSION_OUTPUT_GONE:
		if (session->output_errno == EPIPE)
			return 128 + SIGPIPE;
		fprintf(stderr, "Error: standard output: %s\n", strerror(session->output_errno));
		return 1;
	default:
		return 0;
	}
}

int session_close(struct session *session)
{
	bool dead = session->end == SESSION_DAEMON_GONE;
	int64_t deadline = clock_ns() + (dead ? DEAD_LIMIT_S : SHUTDOWN_LIMIT_S) * NS_PER_S;
	char how[64] = "";
	int status;

	session_flush(session);
	if (!dead)
		shut_down(session, deadline);
	client_close(&session->client);
	/* The lifeline's end is one more chance for a controller deaf to requests. */
	if (deadline < clock_ns() + LAST_CHANCE_S * NS_PER_S)
		deadline = clock_ns() + LAST_CHANCE_S * NS_PER_S;
	daemon_stop(&session->daemon, deadline, how, sizeof(how));
	status = status_of(session, how);
	if (!dead && *how)
		fprintf(stderr, "Error: the controller did not end well: %s\n", how);
	if (!status && *how)
		status = 3;
	out_release(&session->out);
	out_release(&session->errs);
	close(steal_fd(&session->signals));
	return status;
}
