#include "controller/cli/session.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <zmq.h>

#define LAST_EVENTS_MS 1000
#define ERROR_BYTES 1024 /* longer messages are cut */
#define DEAD_LIMIT_S 10	 /* seconds for a controller that closed its lifeline to end */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int terminal_signals[] = {SIGTSTP, SIGWINCH};

static sigset_t ending_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending_signals); i++)
		sigaddset(&set, ending_signals[i]);
	return set;
}

void session_take_terminal(struct session *session, bool taken)
{
	sigset_t all, own;

	sigemptyset(&own);
	for (size_t i = 0; i < ARRAY_SIZE(terminal_signals); i++)
		sigaddset(&own, terminal_signals[i]);
	all = ending_set();
	if (taken)
		sigorset(&all, &all, &own);
	sigprocmask(taken ? SIG_BLOCK : SIG_UNBLOCK, &own, NULL);
	signalfd(session->signals, &all, 0);
	session->suspended = session->resized = false;
	session->taken = taken;
}

static int block_signals(struct session *session, struct err *err)
{
	sigset_t set = ending_set();

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	session->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return session->signals < 0 ? err_errno(err, -errno, "watch signals") : 0;
}

void session_give_back_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * True while no failure has ended the session. After an orderly end (SESSION_EXIT), a failure still
 * replaces the reason of the end.
 */
static bool ends_well(const struct session *session)
{
	return !session->end || session->end == SESSION_EXIT;
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
		session->out.mid_line |= session->interactive && !session->taken;
	} else if (sig == SIGWINCH) {
		session->resized = true;
	} else if (sig == SIGTSTP) {
		session->suspended = true;
	} else if (ends_well(session)) {
		session->end = SESSION_SIGNALLED;
		session->signal = sig;
	}
}

void session_take_signals(struct session *session)
{
	struct signalfd_siginfo info;

	while (read(session->signals, &info, sizeof(info)) == sizeof(info))
		take_signal(session, (int)info.ssi_signo);
}

const char *session_backend(const struct session_options *options)
{
	const char *usual = getenv("BONSAI_BACKEND");

	if (options->backend)
		return options->backend;
	return usual && *usual ? usual : NULL;
}

const char *session_tree(const struct session_options *options)
{
	const char *usual = getenv("BONSAI_TREE");

	if (options->tree)
		return options->tree;
	return usual && *usual ? usual : RUNDIR_DEFAULT_NAME;
}

/* Joins the tree of that name; -ENOENT if no tree of that name is up. */
static int join(struct session *session, const char *name, struct err *err)
{
	struct rundir_tree tree;

	rundir_find(name, &tree);
	if (tree.state == RUNDIR_FREE)
		return err_text(
		    err, -ENOENT, "no tree named %s is up; bring it up with: bonsai up%s%s", name,
		    session->options->tree ? " --tree " : "", session->options->tree ? name : "");
	session->joined = true;
	return daemon_join(&session->daemon, &tree, session->signals, err);
}

struct daemon_spec session_spec(const struct session_options *options, const char *tree)
{
	return (struct daemon_spec){.tree = tree,
				    .backend = session_backend(options),
				    .beat_ms = options->beat_ms,
				    .on_crash = options->on_crash,
				    .image = options->image,
				    .limits = options->limits,
				    .seccomp = options->seccomp,
				    .uid_range = options->uid_range,
				    .cap_add = options->cap_add};
}

static int reach(struct session *session, struct err *err)
{
	const struct session_options *options = session->options;
	int rc = join(session, session_tree(options), err);
	const struct daemon_spec spec = session_spec(options, options->tree);

	if (rc == -ENOENT && !options->one_shot)
		rc = daemon_start(&session->daemon, &spec, session->signals, err);
	return rc;
}

/* Any value of NO_COLOR except the empty one disables color (https://no-color.org). */
static bool wants_color(const struct session_options *options)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !options->no_color && !(no && *no) && terminal && strcmp(terminal, "dumb") &&
	       isatty(STDOUT_FILENO);
}

int session_open(struct session *session, const struct session_options *options, struct err *err)
{
	int rc;

	memset(session, 0, sizeof(*session));
	session->options = options;
	session->daemon = (struct daemon)DAEMON_INIT;
	session->out.color = wants_color(options);
	session->interactive = !options->one_shot && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	rc = block_signals(session, err);
	if (rc)
		return rc;
	rc = reach(session, err);
	if (!rc)
		rc = client_open(&session->client, session->daemon.dir, err);
	if (!rc)
		return 0;
	session_take_signals(session);
	daemon_stop(&session->daemon, clock_ns() + DEAD_LIMIT_S * NS_PER_S, NULL, 0);
	close(steal_fd(&session->signals));
	return rc;
}

static void complain(struct session *session, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void complain(struct session *session, const char *fmt, va_list ap)
{
	bool apart = session->options->one_shot;
	char text[ERROR_BYTES];

	vsnprintf(text, sizeof(text), fmt, ap);
	/*
	 * If one terminal shows standard output and standard error, show earlier output first, and
	 * the error on a line of its own.
	 */
	if (apart) {
		session_flush(session);
		session->errs.mid_line |=
		    session->out.mid_line && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	}
	out_line(apart ? &session->errs : &session->out, "Error: %s", text);
	if (apart)
		session_flush_errs(session);
}

void session_complain(struct session *session, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(session, fmt, ap);
	va_end(ap);
	if (!session->status)
		session->status = STATUS_REFUSED;
}

void session_misuse(struct session *session, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(session, fmt, ap);
	va_end(ap);
	session->status = STATUS_USAGE;
}

void session_misuse_word(struct session *session, const char *what, const char *word)
{
	char shown[80];

	text_printable(shown, sizeof(shown), word);
	session_misuse(session, "%s: %s", what, shown);
}

int session_refuse_word(const char *what, const char *word, const char *nearest)
{
	char shown[80];

	text_printable(shown, sizeof(shown), word);
	if (nearest)
		fprintf(stderr, "Error: %s: %s; did you mean %s?\n", what, shown, nearest);
	else
		fprintf(stderr, "Error: %s: %s (see bonsai --help)\n", what, shown);
	return STATUS_USAGE;
}

void session_complain_of(struct session *session, const char *error)
{
	char shown[ERROR_BYTES];

	text_printable(shown, sizeof(shown), error);
	session_complain(session, "%s", shown);
}

void session_show_json(struct session *session, const json_t *body)
{
	autofree char *text = json_dumps(body, JSON_COMPACT);

	if (text)
		out_line(&session->out, "%s", text);
}

/* Adds the event as a line. For a one_shot command, puts the time of day before the event. */
static void show_text(struct session *session, const json_t *event)
{
	time_t seconds = (time_t)(json_integer_value(json_object_get(event, "time_ms")) / 1000);
	struct out line = {0};
	struct tm tm;

	show_event(event, session->rounds, &line, session->ending, sizeof(session->ending));
	if (line.len && session->options->one_shot && seconds && localtime_r(&seconds, &tm))
		out_add(&session->out, "%02d:%02d:%02d ", tm.tm_hour, tm.tm_min, tm.tm_sec);
	out_raw(&session->out, line.data, line.len);
	out_release(&line);
}

void session_show_event(struct session *session, const json_t *event)
{
	if (session->options->json && !session->options->quiet)
		session_show_json(session, event);
	else if (!session->options->quiet)
		show_text(session, event);
	if (json_is_integer(json_object_get(event, "seq")))
		session->seq = json_integer_value(json_object_get(event, "seq"));
}

static bool shows(struct session *session, const json_t *event)
{
	const json_t *seq = json_object_get(event, "seq");
	json_int_t number = json_integer_value(seq);

	if (session->options->one_shot && !session->follows)
		return false;
	if (!seq)
		return true;
	if (number > session->newest)
		session->newest = number;
	/* If the reply to `events` has already shown this event, do not show the event again. */
	return session->gapless ? number == session->seq + 1 : number > session->seq;
}

/* Handles one event that the controller has published. */
static void take_one(struct session *session, const json_t *event)
{
	struct out unseen = {0};

	if (shows(session, event))
		session_show_event(session, event);
	/*
	 * Every command needs the cause in the controller's `ending` event: read `ending` even if
	 * no events are shown.
	 */
	show_event(event, false, &unseen, session->ending, sizeof(session->ending));
	out_release(&unseen);
}

/* Takes one event. True if there was a message, even a malformed one. */
static bool take_event(struct session *session)
{
	json_t *event = NULL;
	int rc = client_next_event(&session->client, &event, NULL);

	if (rc == 1)
		take_one(session, event);
	json_decref(event);
	return rc == 1 || rc == -EPROTO;
}

static void take_events(struct session *session)
{
	/*
	 * Take a limited number of events at once, so that a flood of events does not delay replies
	 * and input.
	 */
	for (int i = 0; i < 1000 && take_event(session); i++)
		;
}

/*
 * Takes the last events after the controller's end. libzmq may not have delivered them yet; a
 * killed controller sent none. Only a session that follows events waits for them, at most
 * LAST_EVENTS_MS.
 */
static void take_last_events(struct session *session)
{
	int64_t deadline_ns = clock_ns() + LAST_EVENTS_MS * NS_PER_MS;
	zmq_pollitem_t item = {session->client.events, -1, ZMQ_POLLIN, 0};

	take_events(session);
	while (session->follows && !session->ending[0] && clock_ns() < deadline_ns)
		if (zmq_poll(&item, 1, clock_ms_until(deadline_ns, LAST_EVENTS_MS)) > 0)
			take_events(session);
}

/*
 * Reads the lifeline. The last line there may say why the controller ends. True if the lifeline is
 * closed: the controller closes its end only by ending.
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
		session_take_signals(session);
	if ((items[2].revents && take_lifeline(session)) || items[3].revents) {
		take_lifeline(session);
		take_last_events(session);
		end_session(session, SESSION_DAEMON_GONE);
	}
	if (items[4].revents)
		ready |= WAIT_ANSWER;
	/* POLLERR counts as input too, since read(2) then reports the error. */
	if ((want & WAIT_INPUT) && items[5].revents)
		ready |= WAIT_INPUT;
	return session->end ? 0 : ready;
}

static int output_timeout_ms(const struct session *session)
{
	return session->output_deadline_ns ? clock_ms_until(session->output_deadline_ns, INT_MAX)
					   : -1;
}

void session_flush(struct session *session)
{
	int rc;

	for (;;) {
		rc = out_flush(&session->out, STDOUT_FILENO, session->signals,
			       session->end == SESSION_SIGNALLED ? 0 : output_timeout_ms(session));
		if (rc != -EINTR)
			break;
		session_take_signals(session);
		if (session->interrupts)
			break;
	}
	if (rc)
		out_drop(&session->out);
	if (rc && rc != -EINTR && rc != -EAGAIN && ends_well(session)) {
		session->end = SESSION_OUTPUT_GONE;
		session->output_errno = -rc;
	}
}

void session_flush_errs(struct session *session)
{
	while (out_flush(&session->errs, STDERR_FILENO, session->signals,
			 output_timeout_ms(session)) == -EINTR) {
		session_take_signals(session);
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
			/* Drop a late reply to a request that bonsai has given up. */
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
