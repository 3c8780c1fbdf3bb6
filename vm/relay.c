#include "vm/relay.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "vm/console.h"
#include "vm/frame.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define SILENCE_NS (120 * NS_PER_S) /* time-out for a guest that sends no frames */
#define TIMED_OUT_STATUS 124	    /* the status of timeout(1) */
#define ESCAPE 0x1d /* the key ^]; three within a second end the machine, as in systemd-nspawn */
#define ESCAPE_TIMES 3
#define LAST_WORDS_MS 300 /* time-out for more console output after the engine's end */

enum { CHANNEL, CONSOLE, ENGINE, SIGNALS, INPUT, OUTPUT, POLLED };

struct relay {
	const struct vm_spec *spec;
	struct relay_fds fds; /* a member is -1 after the end of file on that descriptor */
	struct console console;
	struct frame_reader reader;
	/* Frames to the guest that the channel has not taken yet. */
	uint8_t sending[2 * (FRAME_HEADER_BYTES + FRAME_BODY_MAX_BYTES)];
	size_t sending_len;
	/* Output of the guest that standard output or error has not taken yet. */
	const uint8_t *writing;
	size_t writing_len;
	int writing_to;
	size_t unaccepted; /* octets of input that the guest has not accepted */
	bool ready, input_ended, over;
	int told; /* signal that was passed to the program; 0: none yet */
	int status;
	int64_t heard_ns, deadline_ns;
	int escapes;
	int64_t escape_ns;
};

/* --- to the guest --- */

static void send_frame(struct relay *relay, enum frame_type type, const void *body, size_t len)
{
	if (relay->sending_len + FRAME_HEADER_BYTES + len > sizeof(relay->sending))
		return; /* drop the size or signal; input is only read when it fits (wants_input) */
	frame_header(type, len, relay->sending + relay->sending_len);
	if (len)
		memcpy(relay->sending + relay->sending_len + FRAME_HEADER_BYTES, body, len);
	relay->sending_len += FRAME_HEADER_BYTES + len;
}

/*
 * Writes waiting frames to the guest. Ignores a failed write: the engine has ended then, and the
 * function `turn` reports its end.
 */
static void push(struct relay *relay)
{
	ssize_t n = write(relay->fds.channel, relay->sending, relay->sending_len);

	if (n <= 0)
		return;
	relay->sending_len -= (size_t)n;
	memmove(relay->sending, relay->sending + n, relay->sending_len);
}

static void send_size(struct relay *relay)
{
	uint16_t rows = 0, columns = 0;
	uint8_t body[4];

	relay->spec->size(&rows, &columns);
	frame_put_number(body, rows, 2);
	frame_put_number(body + 2, columns, 2);
	send_frame(relay, FRAME_SIZE, body, sizeof(body));
}

/*
 * Returns true if the keys that were typed end the machine: ESCAPE, ESCAPE_TIMES within a second.
 */
static bool is_escape(struct relay *relay, const uint8_t *keys, ssize_t count)
{
	for (ssize_t i = 0; i < count; i++) {
		if (keys[i] != ESCAPE || clock_ns() - relay->escape_ns > NS_PER_S)
			relay->escapes = 0;
		if (keys[i] != ESCAPE)
			continue;
		if (!relay->escapes++)
			relay->escape_ns = clock_ns();
	}
	return relay->escapes >= ESCAPE_TIMES;
}

static bool wants_input(const struct relay *relay)
{
	return relay->ready && !relay->input_ended && !relay->sending_len &&
	       relay->unaccepted < FRAME_WINDOW_BYTES;
}

static void take_input(struct relay *relay)
{
	uint8_t data[FRAME_WINDOW_BYTES];
	ssize_t n = read(STDIN_FILENO, data, sizeof(data) - relay->unaccepted);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		relay->input_ended = true;
		send_frame(relay, FRAME_INPUT_END, NULL, 0);
		return;
	}
	if (relay->spec->terminal && is_escape(relay, data, n)) {
		relay->over = true;
		relay->status = 128 + SIGKILL;
		return;
	}
	relay->unaccepted += (size_t)n;
	send_frame(relay, FRAME_INPUT, data, (size_t)n);
}

/* --- from the guest --- */

static void take_stage(const struct relay *relay, const struct frame *frame)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)frame->len, (const char *)frame->body);
	relay->spec->stage(relay->spec->own, text);
}

static int take_frame(struct relay *relay, const struct frame *frame, struct err *err)
{
	size_t accepted;

	relay->heard_ns = clock_ns();
	switch (frame->type) {
	case FRAME_STAGE:
		take_stage(relay, frame);
		return 0;
	case FRAME_READY:
		relay->ready = true;
		relay->spec->stage(relay->spec->own, NULL);
		if (relay->spec->terminal)
			send_size(relay);
		return 0;
	case FRAME_OUTPUT:
	case FRAME_ERRORS:
		relay->writing = frame->body;
		relay->writing_len = frame->len;
		relay->writing_to = frame->type == FRAME_OUTPUT ? STDOUT_FILENO : STDERR_FILENO;
		return 0;
	case FRAME_ACCEPTED:
		accepted = frame_number(frame, 0, 4);
		relay->unaccepted -= accepted < relay->unaccepted ? accepted : relay->unaccepted;
		return 0;
	case FRAME_ALIVE:
		return 0;
	case FRAME_FAILED:
		return err_text(err, -EIO, "the guest failed: %.*s",
				(int)(frame->len < 200 ? frame->len : 200),
				(const char *)frame->body);
	case FRAME_EXIT:
		relay->over = true;
		relay->status = (int)frame_number(frame, 0, 1);
		return 0;
	default:
		return err_text(err, -EBADMSG, "the guest says what makes no sense");
	}
}

static int read_channel(struct relay *relay, struct err *err)
{
	struct frame frame;
	int r = frame_read(&relay->reader, relay->fds.channel, &frame);

	if (r > 0)
		return take_frame(relay, &frame, err);
	/*
	 * The engine has ended. Stop reading the channel: when the engine's own descriptor reports
	 * the end, tell_end looks for the reason in the console output.
	 */
	if (r == -EPIPE || r == -ECONNRESET) {
		relay->fds.channel = -1;
		return 0;
	}
	return r < 0 ? err_errno(err, r, "hear the guest") : 0;
}

static int write_output(struct relay *relay, struct err *err)
{
	ssize_t n = write(relay->writing_to, relay->writing, relay->writing_len);

	if (n < 0 && errno == EPIPE) {
		relay->over = true;
		relay->status = 128 + SIGPIPE;
		return 0;
	}
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_errno(err, -errno, "write");
	relay->writing += n;
	relay->writing_len -= (size_t)n;
	return 0;
}

/* --- signals --- */

/*
 * Handles a signal to this process. Passes the first signal to the program; the second signal ends
 * the machine. If the program has not started, or runs at a terminal, already the first signal ends
 * the machine.
 */
static void take_signal(struct relay *relay)
{
	struct signalfd_siginfo info;
	uint8_t body;

	if (read(relay->fds.signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		if (relay->ready && relay->spec->terminal)
			send_size(relay);
		return;
	}
	if (relay->ready && !relay->told && !relay->spec->terminal) {
		relay->told = (int)info.ssi_signo;
		body = (uint8_t)info.ssi_signo;
		send_frame(relay, FRAME_SIGNAL, &body, 1);
		return;
	}
	relay->over = true;
	relay->status = 128 + (int)info.ssi_signo;
}

/* --- together --- */

/*
 * Reports that the engine ended by itself. The last console output of the guest's kernel is the
 * reason.
 */
static int tell_end(struct relay *relay, struct err *err)
{
	struct pollfd last = {relay->fds.console, POLLIN, 0};
	char why[CONSOLE_LINE_BYTES];

	while (poll(&last, 1, LAST_WORDS_MS) > 0 && console_read(&relay->console, last.fd))
		;
	console_last_words(&relay->console, why);
	return err_text(err, -EIO, "the guest ended%s: %s",
			relay->ready ? "" : " before its program could start",
			*why ? why : "its kernel said nothing");
}

static int turn(struct relay *relay, struct err *err)
{
	struct pollfd fds[POLLED] = {
	    [CHANNEL] = {relay->fds.channel,
			 (short)((relay->writing_len ? 0 : POLLIN) |
				 (relay->sending_len ? POLLOUT : 0)),
			 0},
	    [CONSOLE] = {relay->fds.console, POLLIN, 0},
	    [ENGINE] = {relay->fds.engine, POLLIN, 0},
	    [SIGNALS] = {relay->fds.signals, POLLIN, 0},
	    [INPUT] = {wants_input(relay) ? STDIN_FILENO : -1, POLLIN, 0},
	    [OUTPUT] = {relay->writing_len ? relay->writing_to : -1, POLLOUT, 0},
	};
	int64_t until_ns = relay->heard_ns + SILENCE_NS;
	int r = 0;

	if (relay->deadline_ns < until_ns)
		until_ns = relay->deadline_ns;
	if (poll(fds, POLLED, clock_ms_until(until_ns, 60000)) < 0)
		return errno == EINTR ? 0 : err_errno(err, -errno, "wait for the guest");
	if (fds[SIGNALS].revents)
		take_signal(relay);
	if (fds[CONSOLE].revents && !console_read(&relay->console, relay->fds.console))
		relay->fds.console = -1;
	if (fds[OUTPUT].revents)
		r = write_output(relay, err);
	if (r == 0 && fds[CHANNEL].revents & POLLOUT)
		push(relay);
	if (r == 0 && fds[CHANNEL].revents & POLLIN)
		r = read_channel(relay, err);
	else if (r == 0 && !relay->over && fds[ENGINE].revents && !relay->writing_len)
		r = tell_end(relay, err);
	if (fds[INPUT].revents)
		take_input(relay);
	return r;
}

/*
 * Checks the time-outs. While the output of this process is blocked, the guest may be unable to
 * send, so this time does not count as silence.
 */
static int judge(struct relay *relay, struct err *err)
{
	int64_t now_ns = clock_ns();

	if (relay->writing_len)
		relay->heard_ns = now_ns;
	if (now_ns >= relay->deadline_ns) {
		relay->over = true;
		relay->status = TIMED_OUT_STATUS;
		return 0;
	}
	if (now_ns < relay->heard_ns + SILENCE_NS)
		return 0;
	return err_text(err, -ETIMEDOUT, "the guest has not answered for %lld s, and is given up",
			(long long)(SILENCE_NS / NS_PER_S));
}

int relay_run(const struct vm_spec *spec, const struct relay_fds *fds, int *status, struct err *err)
{
	static struct relay relay;
	int r = 0;

	relay = (struct relay){
	    .spec = spec,
	    .fds = *fds,
	    .console = {.copy = spec->console},
	    .heard_ns = clock_ns(),
	    .deadline_ns = spec->timeout_s ? clock_ns() + spec->timeout_s * NS_PER_S : INT64_MAX,
	};
	while (r == 0 && !relay.over) {
		r = turn(&relay, err);
		if (r == 0 && !relay.over)
			r = judge(&relay, err);
	}
	if (r == 0)
		*status = relay.status;
	return r;
}
