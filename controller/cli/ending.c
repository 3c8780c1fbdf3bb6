/*
 * The part of session.h for the end of bonsai: ends the tree, and writes the remaining output.
 */
#include "controller/cli/session.h"

#include "base/clock.h"
#include "base/cleanup.h"
#include "controller/cli/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define SHUTDOWN_LIMIT_S 60
#define SHUTDOWN_WORD_S 2
#define LAST_CHANCE_S 2
#define DEAD_LIMIT_S 10 /* seconds for a controller that closed its lifeline to end */

/*
 * Reports that writing to standard output failed, and returns the exit status for bonsai. Reports
 * nothing for EPIPE: the reader closed the pipe itself.
 */
static int say_output_gone(int code)
{
	if (code == EPIPE)
		return 128 + SIGPIPE;
	fprintf(stderr, "Error: standard output: %s\n", strerror(code));
	return STATUS_REFUSED;
}

int session_print(struct out *out)
{
	int rc = out_flush(out, STDOUT_FILENO, -1, -1);

	out_release(out);
	return rc ? say_output_gone(-rc) : 0;
}

/*
 * True if bonsai need not wait for the controller any longer. Sets *said when the controller has
 * replied to the request `id`.
 */
static bool has_shut_down(struct session *session, uint64_t id, bool gone, bool *said)
{
	struct answer answer = {0};

	while (!*said && client_next(&session->client, &answer, NULL) == 1) {
		*said = answer.id == id;
		answer_release(&answer);
	}
	/*
	 * Wait for the exit of a joined controller as well: until its exit, the controller holds
	 * its folder.
	 */
	return gone || (*said && (!session->joined || session->daemon.pidfd < 0));
}

static bool is_free(const struct session *session)
{
	struct rundir_tree tree;

	rundir_find(session_tree(session->options), &tree);
	return tree.state == RUNDIR_FREE;
}

static int check_left(const struct session *session, bool said, struct err *err)
{
	if (said || !session->joined || is_free(session))
		return 0;
	return err_text(err, -EPIPE, "the controller died, and the tree %s is still there",
			session_tree(session->options));
}

/*
 * Requests `shutdown` and waits until the controller has shut down. Errors: -ETIMEDOUT at the
 * deadline; -EINTR if a signal ended the waiting for a joined tree, which goes down without bonsai.
 */
static int shut_down(struct session *session, int64_t limit_s, struct err *err)
{
	bool word = session->options->quiet || !isatty(STDERR_FILENO) || limit_s <= SHUTDOWN_WORD_S;
	bool said = false;
	int64_t now_ns = clock_ns(), deadline_ns = now_ns + limit_s * NS_PER_S;
	int64_t word_ns = now_ns + SHUTDOWN_WORD_S * NS_PER_S;
	const struct daemon *daemon = &session->daemon;
	int gone = daemon->pidfd >= 0 ? daemon->pidfd : daemon->lifeline;
	uint64_t id = 0;
	int rc = client_send(&session->client, json_pack("{s:s}", "cmd", "shutdown"), &id, err);

	for (; !rc && now_ns < deadline_ns; now_ns = clock_ns()) {
		zmq_pollitem_t items[] = {
		    {session->client.api, -1, said ? 0 : ZMQ_POLLIN, 0},
		    {NULL, gone, ZMQ_POLLIN, 0},
		    {NULL, session->signals, ZMQ_POLLIN, 0},
		};

		zmq_poll(items, session->joined ? 3 : 2,
			 clock_ms_until(word ? deadline_ns : word_ns, 1000));
		if (has_shut_down(session, id, items[1].revents, &said))
			return check_left(session, said, err);
		if (items[2].revents)
			session_take_signals(session);
		if (session->joined && session->end == SESSION_SIGNALLED)
			return err_text(err, -EINTR, "interrupted; the tree %s may go down yet",
					session_tree(session->options));
		if (!word && clock_ns() >= word_ns) {
			fprintf(stderr, "bonsai: taking the tree down, at most %lld s\n",
				(long long)limit_s);
			word = true;
		}
	}
	if (rc || said)
		return rc;
	return err_text(err, -ETIMEDOUT, "no answer within %lld s; the tree %s may go down yet",
			(long long)limit_s, session_tree(session->options));
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
			: session->joined
			    ? (is_free(session) ? "the tree has been taken down"
						: "it died; what was asked may have happened or "
						  "not, and the next command starts another")
			    : "nobody said why");
		return STATUS_NOT_REACHED;
	case SESSION_OUTPUT_GONE:
		return say_output_gone(session->output_errno);
	default:
		return session->options->one_shot ? session->status : 0;
	}
}

/* Reports that a joined tree is not down. Other clients may still use that tree. */
static void say_not_down(struct session *session, int rc, const struct err *err)
{
	fprintf(stderr, "Error: %s\n", err->text);
	session->status = rc == -ETIMEDOUT ? STATUS_TIMED_OUT : STATUS_NOT_REACHED;
}

int session_close(struct session *session)
{
	bool dead = session->end == SESSION_DAEMON_GONE;
	int64_t limit_s = dead ? DEAD_LIMIT_S : SHUTDOWN_LIMIT_S;
	int64_t deadline;
	struct err err = {0};
	char how[64] = "";
	int status, rc = 0;

	guard_end();
	if (session->take_down && session->options->timeout_s)
		limit_s = session->options->timeout_s;
	deadline = clock_ns() + limit_s * NS_PER_S;
	session_flush(session);
	if (!dead && (!session->joined || session->take_down))
		rc = shut_down(session, limit_s, &err);
	if (rc && session->joined)
		say_not_down(session, rc, &err);
	client_close(&session->client);
	/*
	 * A controller that ignores requests may still end when bonsai closes the lifeline. Give
	 * such a controller LAST_CHANCE_S for that.
	 */
	if (deadline < clock_ns() + LAST_CHANCE_S * NS_PER_S)
		deadline = clock_ns() + LAST_CHANCE_S * NS_PER_S;
	daemon_stop(&session->daemon, deadline, how, sizeof(how));
	status = status_of(session, how);
	if (!dead && *how)
		fprintf(stderr, "Error: the controller did not end well: %s\n", how);
	if (!status && *how)
		status = STATUS_NOT_REACHED;
	out_release(&session->out);
	out_release(&session->errs);
	close(steal_fd(&session->signals));
	return status;
}
