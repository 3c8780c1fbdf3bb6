#include "controller/cli/top.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/text.h"
#include "controller/cli/top_enter.h"
#include "controller/cli/top_screen.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOOK_EVERY_NS NS_PER_S	       /* from one request for the nodes to the next */
#define LOOK_SOON_NS (200 * NS_PER_MS) /* the same after an event; bounds the rate of requests */
#define SILENT_NS (5 * NS_PER_S) /* without a reply for so long: report that, and request again */
#define NOTICE_NS (5 * NS_PER_S) /* how long a notice stays on the screen */
#define ID_DIGITS 10

struct top {
	struct session session;
	struct top_table table;
	uint64_t nodes_id, info_id, action_id; /* ids of pending requests; 0: none is pending */
	int64_t looked_ns, look_ns; /* times of the last request for the nodes, and of the next */
	char title[160], notice[160];
	int64_t notice_until_ns;
	/* The function that handles each key; NULL: the table `keys` does. */
	void (*mode)(struct top *top, int key);
	bool help;
	char typed[ID_DIGITS + 1]; /* the digits that the operator has typed of an id to jump to */
	int64_t asked_about;	   /* the node to kill, if the operator confirms */
};

static void notice(struct top *top, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void notice(struct top *top, const char *fmt, ...)
{
	char text[sizeof(top->notice)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_printable(top->notice, sizeof(top->notice), text);
	top->notice_until_ns = clock_ns() + NOTICE_NS;
}

/* --- requests and replies --- */

static uint64_t ask(struct top *top, json_t *request)
{
	uint64_t id = 0;
	struct err err;

	if (client_send(&top->session.client, request, &id, &err))
		notice(top, "%s", err.text);
	return id;
}

static void look(struct top *top)
{
	int64_t now_ns = clock_ns();

	if (now_ns < top->look_ns)
		return;
	if (top->nodes_id && now_ns < top->looked_ns + SILENT_NS)
		return;
	if (top->nodes_id)
		notice(top, "the controller does not answer");
	top->nodes_id = ask(top, json_pack("{s:s,s:b}", "cmd", "nodes", "usage", 1));
	top->info_id = ask(top, json_pack("{s:s}", "cmd", "info"));
	top->looked_ns = now_ns;
	top->look_ns = now_ns + LOOK_EVERY_NS;
}

static void look_soon(struct top *top)
{
	int64_t soon_ns = top->looked_ns + LOOK_SOON_NS;

	if (top->look_ns > soon_ns)
		top->look_ns = soon_ns;
}

static void act(struct top *top, const char *cmd, int64_t node, int sig)
{
	json_t *request = json_pack("{s:s,s:I}", "cmd", cmd, "node", (json_int_t)node);

	if (request && sig)
		json_object_set_new(request, "signal", json_integer(sig));
	top->action_id = ask(top, request);
	look_soon(top);
}

static const char *word_in(const json_t *body, const char *key, const char *otherwise)
{
	const char *word = json_string_value(json_object_get(body, key));

	return word ? word : otherwise;
}

static void take_info(struct top *top, const json_t *body)
{
	char text[sizeof(top->title)];

	snprintf(text, sizeof(text),
		 "bonsai top: tree %s, backend %s, heartbeat %lld ms, on crash %s, controller %lld",
		 word_in(body, "tree", "(none)"), word_in(body, "backend", "?"),
		 (long long)json_integer_value(json_object_get(body, "heartbeat_ms")),
		 word_in(body, "on_crash", "?"),
		 (long long)json_integer_value(json_object_get(body, "pid")));
	text_printable(top->title, sizeof(top->title), text);
}

static void take_answer(struct top *top, const struct answer *answer)
{
	const char *error = json_string_value(json_object_get(answer->body, "error"));
	struct row *rows;
	size_t count;

	if (error)
		notice(top, "Error: %s", error);
	if (answer->id == top->nodes_id) {
		top->nodes_id = 0;
		rows = error ? NULL : rows_read(answer->body, &count);
		if (rows)
			top_table_take(&top->table, rows, count, clock_ns());
		else if (!error)
			notice(top, "the controller's answer makes no sense");
	} else if (answer->id == top->info_id) {
		if (!error)
			take_info(top, answer->body);
	} else if (answer->id == top->action_id && !answer->more) {
		top->action_id = 0;
		top->look_ns = 0;
	}
}

static void take_answers(struct top *top)
{
	struct answer answer = {0};
	int rc;

	while ((rc = client_next(&top->session.client, &answer, NULL)) != 0) {
		if (rc == 1)
			take_answer(top, &answer);
		answer_release(&answer);
	}
}

/*
 * session->out has the new events as lines, the same as `events` prints them. Shows the last line
 * as a notice.
 */
static void take_events(struct top *top)
{
	struct out *out = &top->session.out;
	size_t at;

	if (!out->len)
		return;
	out_fresh_line(out);
	for (at = out->len - 1; at && out->data[at - 1] != '\n'; at--)
		;
	notice(top, "%.*s", (int)(out->len - 1 - at), out->data + at);
	out_drop(out);
	look_soon(top);
}

/* --- keys --- */

static int64_t selected_id(const struct top *top)
{
	const struct top_row *row = top_table_selected(&top->table);

	return row ? row->row.id : ROW_UNKNOWN;
}

static void quit(struct top *top)
{
	top->session.end = SESSION_EXIT;
}

static void line_up(struct top *top)
{
	top_table_move(&top->table, -1);
}

static void line_down(struct top *top)
{
	top_table_move(&top->table, 1);
}

static void page_up(struct top *top)
{
	top_table_move(&top->table, -(long)screen_rows());
}

static void page_down(struct top *top)
{
	top_table_move(&top->table, (long)screen_rows());
}

static void to_first(struct top *top)
{
	top_table_move(&top->table, -(long)top->table.count);
}

static void to_last(struct top *top)
{
	top_table_move(&top->table, (long)top->table.count);
}

static void next_sort(struct top *top)
{
	struct top_table *table = &top->table;

	top_table_sort(table, (table->key + 1) % TOP_KEYS, table->reverse);
	notice(top, "sorted by %s", top_key_name(table->key));
}

static void reverse_sort(struct top *top)
{
	top_table_sort(&top->table, top->table.key, !top->table.reverse);
}

static void freeze(struct top *top)
{
	if (top->table.count)
		act(top, "freeze", selected_id(top), 0);
}

static void thaw(struct top *top)
{
	if (top->table.count)
		act(top, "thaw", selected_id(top), 0);
}

static void confirm_kill(struct top *top, int key)
{
	top->mode = NULL;
	if (key == 'y' || key == 'Y')
		act(top, "signal", top->asked_about, SIGKILL);
	else
		notice(top, "node %lld is left alone", (long long)top->asked_about);
}

static void kill_node(struct top *top)
{
	if (!top->table.count)
		return;
	top->asked_about = selected_id(top);
	top->mode = confirm_kill;
}

static void type_id(struct top *top, int key)
{
	size_t len = strlen(top->typed);
	uint64_t id;

	if (key >= '0' && key <= '9' && len < ID_DIGITS) {
		top->typed[len] = (char)key;
	} else if (key == SCREEN_BACKSPACE && len) {
		top->typed[len - 1] = '\0';
	} else if (key == SCREEN_ENTER || key == SCREEN_ESCAPE) {
		top->mode = NULL;
		if (key == SCREEN_ENTER && text_number(top->typed, INT64_MAX, &id) &&
		    !top_table_select(&top->table, (int64_t)id))
			notice(top, "no node %s", top->typed);
	}
}

static void jump(struct top *top)
{
	memset(top->typed, 0, sizeof(top->typed));
	top->mode = type_id;
}

static void enter(struct top *top)
{
	const struct session_options *options = top->session.options;
	int status;

	if (!top->table.count)
		return;
	screen_leave();
	status = top_enter(&top->session, session_tree(options), selected_id(top));
	screen_return();
	if (status > 0)
		notice(top, "enter ended with status %d", status);
	top->look_ns = 0;
}

static void redraw(struct top *top)
{
	(void)top;
	screen_redraw();
}

static void show_help(struct top *top);

static const struct {
	int key;
	void (*press)(struct top *top);
	const char *help; /* NULL: the help text of the key above covers this key */
} keys[] = {
    {SCREEN_UP, line_up, "Up, Down          select a node"},
    {SCREEN_DOWN, line_down, NULL},
    {SCREEN_PAGE_UP, page_up, "PageUp, PageDown  a screen on"},
    {SCREEN_PAGE_DOWN, page_down, NULL},
    {SCREEN_HOME, to_first, "Home, End         the first, the last"},
    {SCREEN_END, to_last, NULL},
    {'/', jump, "/                 jump to an id"},
    {'s', next_sort, "s                 sort by id, state, rss, cpu, beat or uptime in turn"},
    {'r', reverse_sort, "r                 the other way round"},
    {'f', freeze, "f                 freeze the node"},
    {'t', thaw, "t                 thaw it"},
    {'k', kill_node, "k                 kill it, after a question"},
    {'e', enter, "e                 enter it"},
    {'L' - '@', redraw, "^L                draw it all again"},
    {'?', show_help, "?                 this list, or back"},
    {'q', quit, "q                 quit"},
};

static const char *help_lines[ARRAY_SIZE(keys) + 1];

static void leave_help(struct top *top, int key)
{
	top->help = false;
	top->mode = NULL;
	if (key == 'q')
		quit(top);
}

static void show_help(struct top *top)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].help)
			help_lines[count++] = keys[i].help;
	top->help = true;
	top->mode = leave_help;
}

static void press(struct top *top, int key)
{
	if (top->mode) {
		top->mode(top, key);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			keys[i].press(top);
}

static void take_keys(struct top *top)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int key = screen_key();

	/*
	 * ncurses does not report that the terminal is gone, and a terminal that is gone is always
	 * readable. So check the terminal with poll(2), and end the session then.
	 */
	if (key == SCREEN_NO_KEY && poll(&input, 1, 0) == 1 &&
	    (input.revents & (POLLHUP | POLLERR | POLLNVAL))) {
		top->session.end = SESSION_SIGNALLED;
		top->session.signal = SIGHUP;
	}
	for (; key != SCREEN_NO_KEY && !top->session.end; key = screen_key())
		press(top, key);
}

/* --- the loop --- */

static void draw(struct top *top)
{
	struct top_view view = {.title = top->title, .help = top->help ? help_lines : NULL};
	char bottom[200];

	if (top->mode == confirm_kill)
		snprintf(bottom, sizeof(bottom), "Kill node %lld? y/n",
			 (long long)top->asked_about);
	else if (top->mode == type_id)
		snprintf(bottom, sizeof(bottom), "Jump to id: %s_", top->typed);
	else if (clock_ns() < top->notice_until_ns)
		snprintf(bottom, sizeof(bottom), "%s", top->notice);
	else
		snprintf(bottom, sizeof(bottom),
			 "? help  q quit  s sort (%s)  r reverse  / jump  f freeze  t thaw  k "
			 "kill  e enter",
			 top_key_name(top->table.key));
	view.bottom = bottom;
	screen_draw(&view, &top->table);
}

static void attend_signals(struct top *top)
{
	struct session *session = &top->session;

	if (session->suspended) {
		session->suspended = false;
		screen_leave();
		raise(SIGSTOP);
		screen_return();
		session->resized = true;
	}
	if (session->resized) {
		session->resized = false;
		screen_resize();
	}
}

static void watch(struct top *top)
{
	struct session *session = &top->session;

	session->follows = true;
	while (!session->end) {
		unsigned int ready;

		look(top);
		draw(top);
		ready = session_wait(session, WAIT_INPUT | WAIT_ANSWER,
				     clock_ms_until(top->look_ns, LOOK_EVERY_NS / NS_PER_MS));
		if (ready & WAIT_ANSWER)
			take_answers(top);
		if (ready & WAIT_INPUT)
			take_keys(top);
		take_events(top);
		attend_signals(top);
	}
	out_drop(&session->out);
}

int top_run(const struct session_options *options, char *const *args, size_t count)
{
	struct session_options own = *options;
	struct top top = {.title = "bonsai top"};
	struct err err = {0};
	int status;

	(void)args;
	(void)count;
	own.one_shot = true;
	own.json = false;
	/*
	 * Check the terminal before looking for the tree: if both are wrong, report the terminal.
	 */
	if (screen_check(&err)) {
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_USAGE;
	}
	if (session_open(&top.session, &own, &err)) {
		if (top.session.end == SESSION_SIGNALLED)
			return 128 + top.session.signal;
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_NOT_REACHED;
	}
	session_take_terminal(&top.session, true);
	if (screen_open(top.session.out.color, &err)) {
		session_complain(&top.session, "%s", err.text);
		top.session.status = STATUS_USAGE;
		top.session.end = SESSION_EXIT;
	} else {
		watch(&top);
		screen_close();
	}
	status = session_close(&top.session);
	top_table_release(&top.table);
	return status;
}
