#include "controller/cli/terminal.h"

#include "base/cleanup.h"
#include "controller/cli/guard.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#define CONTROL_D 4
#define HISTORY_LINES 1000

#define PROMPT "bonsai> "

struct terminal {
	struct session *session;
	EditLine *el;
	History *history;
	complete_fn *complete;
	const char *prompt;
	char *line;
	mbstate_t partial;     /* state for a character whose octets come one by one */
	struct termios before; /* the terminal's mode outside of libedit */
	bool has_cursor;       /* the terminal has "cursor up" and "clear to the end" */
	bool dropped;	       /* the line ended by ^C, not by the end of the input */
	bool empty;	       /* ^C dropped a line that was empty */
	bool asks;	       /* the next line is the answer to a question */
};

static struct terminal *terminal_of(EditLine *el)
{
	void *terminal = NULL;

	el_get(el, EL_CLIENTDATA, &terminal);
	return terminal;
}

static char *show_prompt(EditLine *el)
{
	return (char *)terminal_of(el)->prompt;
}

/* Returns how many rows of the screen are between the beginning of the prompt and the cursor. */
static size_t rows_above(struct terminal *terminal)
{
	const LineInfo *line = el_line(terminal->el);
	size_t cells = strlen(terminal->prompt);
	const char *at = line->buffer;
	struct winsize size;
	mbstate_t state = {0};

	while (at < line->cursor) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, at, (size_t)(line->cursor - at), &state);

		if (n == 0 || n > (size_t)(line->cursor - at))
			break;
		/* libedit shows a control character as ^X. */
		cells += wcwidth(wc) < 0 ? 2 : (size_t)wcwidth(wc);
		at += n;
	}
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 0;
	return cells / size.ws_col;
}

/* Prints the session's output in the place of the prompt, and then the prompt below that output. */
static void print_above(struct terminal *terminal)
{
	struct session *session = terminal->session;
	struct out text = session->out;

	if (!text.len)
		return;
	session->out = (struct out){.color = text.color};
	if (terminal->has_cursor) {
		out_add(&session->out, "\r");
		for (size_t rows = rows_above(terminal); rows; rows--)
			out_add(&session->out, "\033[A");
		out_add(&session->out, "\033[J");
	} else {
		out_add(&session->out, "\n");
	}
	out_raw(&session->out, text.data, text.len);
	out_fresh_line(&session->out);
	out_release(&text);
	session_flush(session);
	el_set(terminal->el, EL_REFRESH);
}

static void suspend(struct terminal *terminal)
{
	terminal->session->suspended = false;
	el_set(terminal->el, EL_PREP_TERM, 0);
	guard_release();
	raise(SIGSTOP);
	el_set(terminal->el, EL_PREP_TERM, 1);
	el_set(terminal->el, EL_REFRESH);
}

/*
 * Handles output and signals that came while the operator edits a line. False: the editing ends,
 * because of ^C or the session's end.
 */
static bool attend(struct terminal *terminal)
{
	struct session *session = terminal->session;
	const LineInfo *line;

	print_above(terminal);
	if (session->end)
		return false;
	if (session->interrupts) {
		line = el_line(terminal->el);
		terminal->dropped = true;
		terminal->empty = line->lastchar == line->buffer;
		return false;
	}
	if (session->resized) {
		session->resized = false;
		el_resize(terminal->el);
	}
	if (session->suspended)
		suspend(terminal);
	return true;
}

/*
 * libedit shows the prompt a moment before it sets the terminal's mode. If the operator types ^D in
 * between, the kernel's own line editing takes the ^D, and read(2) returns a NUL instead. Replaces
 * that NUL by ^D.
 */
static char unmask_eof(EditLine *el, char octet)
{
	const LineInfo *line = el_line(el);

	return octet == '\0' && line->lastchar == line->buffer ? CONTROL_D : octet;
}

/*
 * libedit calls this function to get a character. While the function waits for a character, it
 * handles all other events.
 */
static int get_char(EditLine *el, wchar_t *wc)
{
	struct terminal *terminal = terminal_of(el);

	for (;;) {
		/*
		 * libedit has set the terminal's mode before it calls get_char, so the guard sees
		 * the new mode.
		 */
		guard_hold(&terminal->before);
		unsigned int ready = session_wait(terminal->session, WAIT_INPUT, -1);
		char octet;
		ssize_t n;

		if (!attend(terminal))
			return -1;
		if (!(ready & WAIT_INPUT))
			continue;
		n = read(STDIN_FILENO, &octet, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return 0;
		octet = unmask_eof(el, octet);
		switch (mbrtowc(wc, &octet, 1, &terminal->partial)) {
		case (size_t)-1: /* the octets are not UTF-8: ignore them */
			memset(&terminal->partial, 0, sizeof(terminal->partial));
			break;
		case (size_t)-2:
			break;
		default:
			return 1;
		}
	}
}

/* Returns the length of the longest beginning that all choices share. */
static size_t common_length(const char **choices, size_t count)
{
	size_t len = strlen(choices[0]);

	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < len; j++)
			if (choices[i][j] != choices[0][j])
				len = j;
	return len;
}

static unsigned char complete(EditLine *el, int key)
{
	struct terminal *terminal = terminal_of(el);
	const LineInfo *line = el_line(el);
	const char *choices[TERMINAL_CHOICES_MAX];
	autofree char *before = strndup(line->buffer, (size_t)(line->cursor - line->buffer));
	autofree char *added = NULL;
	size_t typed = 0, count, common;

	(void)key;
	count = before ? terminal->complete(before, choices, &typed) : 0;
	if (!count)
		return CC_ERROR;
	common = common_length(choices, count);
	if (count > 1 && common == typed) {
		for (size_t i = 0; i < count; i++)
			out_add(&terminal->session->out, "%s%s", i ? "  " : "", choices[i]);
		print_above(terminal);
		return CC_REFRESH;
	}
	if (asprintf(&added, "%.*s%s", (int)(common - typed), choices[0] + typed,
		     count == 1 ? " " : "") < 0)
		added = NULL;
	return added && !el_insertstr(el, added) ? CC_REFRESH : CC_ERROR;
}

static int set_up(struct terminal *terminal, struct err *err)
{
	const char *name = getenv("TERM");
	HistEvent event;

	/*
	 * With a POSIX locale libedit would accept only ASCII, but ids and paths are UTF-8: use
	 * C.UTF-8 then.
	 */
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
	terminal->has_cursor = name && *name && strcmp(name, "dumb");
	terminal->el = el_init("bonsai", stdin, stdout, stderr);
	terminal->history = history_init();
	if (!terminal->el || !terminal->history)
		return err_text(err, -ENOMEM, "cannot use the terminal");
	history(terminal->history, &event, H_SETSIZE, HISTORY_LINES);
	history(terminal->history, &event, H_SETUNIQUE, 1);
	el_set(terminal->el, EL_CLIENTDATA, terminal);
	el_set(terminal->el, EL_PROMPT, show_prompt);
	el_set(terminal->el, EL_EDITOR, "emacs");
	el_set(terminal->el, EL_HIST, history, terminal->history);
	el_set(terminal->el, EL_GETCFN, get_char);
	/* Call el_wset, since el_set would copy the two texts and never free the copies. */
	el_wset(terminal->el, EL_ADDFN, L"complete", L"Completes the word", complete);
	el_set(terminal->el, EL_BIND, "\t", "complete", NULL);
	el_set(terminal->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	return 0;
}

struct terminal *terminal_open(struct session *session, complete_fn *complete_line, struct err *err)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (!terminal) {
		err_errno(err, -ENOMEM, "open the terminal");
		return NULL;
	}
	terminal->session = session;
	terminal->complete = complete_line;
	terminal->prompt = "";
	if (!set_up(terminal, err))
		return terminal;
	terminal_close(terminal);
	return NULL;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	if (terminal->el)
		el_end(terminal->el);
	if (terminal->history)
		history_end(terminal->history);
	free(terminal->line);
	free(terminal);
}

/*
 * Lets the operator edit one line with libedit. Returns the line, or NULL if libedit gave no line.
 */
static char *edit(struct terminal *terminal)
{
	struct session *session = terminal->session;
	const char *typed;
	HistEvent event;
	char *line;
	int count = 0;

	terminal->dropped = terminal->empty = false;
	session->soft_interrupt = true;
	session_take_terminal(session, true);
	tcgetattr(STDIN_FILENO, &terminal->before);
	typed = el_gets(terminal->el, &count);
	guard_release();
	session->soft_interrupt = false;
	session_take_terminal(session, false);
	if (!typed || count <= 0) {
		/* The cursor is still at the end of the typed text: begin a new line. */
		out_add(&session->out, "%s", session->interrupts ? "^C\n" : "\n");
		session->interrupts = 0;
		if (terminal->empty && terminal->dropped && !terminal->asks)
			out_line(&session->out, session->joined
						    ? "(^D or exit leaves)"
						    : "(^D or exit ends, and takes the tree down)");
		session_flush(session);
		return NULL;
	}
	line = strndup(typed, strcspn(typed, "\n"));
	if (line && *line)
		history(terminal->history, &event, H_ENTER, line);
	return line;
}

bool terminal_line(struct terminal *terminal, const char *question, const char **line)
{
	struct session *session = terminal->session;

	terminal->prompt = question ? question : PROMPT;
	terminal->asks = question != NULL;
	do {
		out_fresh_line(&session->out);
		session_flush(session);
		if (session->end)
			return false;
		free(terminal->line);
		terminal->line = edit(terminal);
	} while (!terminal->line && terminal->dropped && !question);
	if (!terminal->line)
		return false;
	*line = terminal->line;
	return true;
}
