#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/flags.h"
#include "controller/cli/ids.h"
#include "controller/cli/run.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIMIT_S 60
#define ALL 'a'

static const struct option exec_options[] = {
    {"all", no_argument, NULL, ALL},	       {"tty", no_argument, NULL, 't'},
    {"no-input", no_argument, NULL, 'n'},      {"input", no_argument, NULL, 'i'},
    {"detach", no_argument, NULL, 'd'},	       {"env", required_argument, NULL, 'e'},
    {"workdir", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0},
};

const struct flags exec_flags = {"tnide:w:", exec_options, true};

/* The values of the options of `exec`. */
struct wanted {
	struct run_spec spec;
	bool all;
};

static bool take_flag(struct session *session, void *own, int flag, char *word)
{
	struct wanted *wanted = own;
	struct run_spec *spec = &wanted->spec;

	switch (flag) {
	case ALL:
		return wanted->all = true;
	case 't':
		return spec->terminal = true;
	case 'n':
		return spec->no_input = true;
	case 'i': /* -i is the default; accepted since operators may type it by habit */
		return true;
	case 'd':
		return spec->detach = true;
	case 'w':
		spec->dir = word;
		return *word == '/' || flags_complain(session, "not an absolute path", word);
	default:
		spec->env[spec->variables++] = word;
		return (*word != '=' && strchr(word, '=')) ||
		       flags_complain(session, "not NAME=VALUE", word);
	}
}

static const char *conflict(const struct session *session, const struct wanted *wanted, bool many)
{
	const struct run_spec *spec = &wanted->spec;

	if (spec->terminal && spec->detach)
		return "what is detached has no terminal";
	if (spec->terminal && many)
		return "a terminal is for one node alone";
	if (spec->terminal && spec->no_input)
		return "a terminal is an input";
	if (spec->terminal && session->options->json)
		return "a terminal is not for JSON";
	if (spec->terminal &&
	    (!isatty(STDIN_FILENO) || (!session->options->one_shot && !session->interactive)))
		return "standard input is no terminal, so the program can't have one";
	return NULL;
}

/* --- all nodes --- */

/*
 * Returns the ids of all nodes of the tree, in a new array. NULL: an error was shown, the session
 * has ended, or memory ran out.
 */
static uint32_t *find_all(struct session *session, size_t *count)
{
	struct answer answer;
	const json_t *nodes;
	uint32_t *ids;

	if (!session_fetch(session, json_pack("{s:s}", "cmd", "nodes"),
			   &(struct asking){.what = "exec"}, &answer))
		return NULL;
	nodes = json_object_get(answer.body, "nodes");
	*count = json_array_size(nodes);
	ids = calloc(*count + 1, sizeof(*ids));
	for (size_t i = 0; ids && i < *count; i++)
		ids[i] =
		    (uint32_t)json_integer_value(json_object_get(json_array_get(nodes, i), "node"));
	answer_release(&answer);
	return ids;
}

/* --- exec --- */

static const char *const timer_ops[] = {"start", "stop", "time"};

static void use_timer(struct repl *repl, uint32_t node, const char *op)
{
	const struct asking asking = {
	    .what = "exec", .limit_s = LIMIT_S, .show = show_timer, .word = op};

	session_ask(repl->session,
		    json_pack("{s:s,s:I,s:s}", "cmd", "timer", "node", (json_int_t)node, "op", op),
		    &asking);
}

/*
 * Notes that programs in several nodes get no input, if the operator has piped input into bonsai.
 */
static void note_input(struct session *session, const struct run_spec *spec)
{
	struct stat st;

	if (!session->options->one_shot || session->options->quiet || spec->no_input ||
	    fstat(STDIN_FILENO, &st) < 0 || (!S_ISFIFO(st.st_mode) && !S_ISREG(st.st_mode)))
		return;
	out_line(&session->errs, "Note: several nodes get no input (-n says that it is meant so)");
	session_flush_errs(session);
}

static void run(struct repl *repl, const struct wanted *wanted, const uint32_t *ids, size_t count)
{
	bool many = wanted->all || count > 1;
	const char *wrong = conflict(repl->session, wanted, many);

	if (wrong) {
		session_misuse(repl->session, "%s", wrong);
	} else if (many) {
		note_input(repl->session, &wanted->spec);
		run_many(repl->session, &wanted->spec, ids, count);
	} else {
		run_one(repl->session, &wanted->spec, ids[0]);
	}
}

/*
 * Finds the program in the words IDS -- PROG, and sets *at to its index. With --all, no word may
 * stand before the "--". Returns the error message, or NULL.
 */
static const char *find_program(const struct wanted *wanted, char *const *words, size_t count,
				size_t *at)
{
	for (*at = 0; *at < count && strcmp(words[*at], "--"); ++*at)
		;
	if (*at == count)
		return "put -- before the program, as in: exec 3 -- ls";
	if (wanted->all && *at)
		return "--all takes no ids";
	if (!wanted->all && *at != 1)
		return *at ? "write several ids as one word, as in: exec 1,2,5..7 -- ls"
			   : "in which nodes? As in: exec 1,2,5..7 -- ls, or exec --all -- ls";
	return ++*at == count ? "which program? As in: exec 3 -- ls" : NULL;
}

/*
 * Returns the timer operation that a mistyped word may mean, such as "time" for "exec 3 tiem"; or
 * NULL.
 */
static const char *nearest_op(char *const *words, size_t count)
{
	struct nearest nearest = {.typed = count == 2 ? words[1] : ""};

	for (size_t i = 0; i < ARRAY_SIZE(timer_ops); i++)
		text_consider(&nearest, timer_ops[i]);
	return nearest.word;
}

static int run_in(struct repl *repl, struct wanted *wanted, char *const *words, size_t count)
{
	struct session *session = repl->session;
	autofree uint32_t *ids = NULL;
	struct err err = {0};
	size_t found = 0, at;
	const char *wrong = find_program(wanted, words, count, &at);
	const char *op = wrong ? nearest_op(words, count) : NULL;

	if (op) {
		session_misuse(session, "%s; or did you mean %s?", wrong, op);
		return 0;
	}
	if (wrong) {
		session_misuse(session, "%s", wrong);
		return 0;
	}
	if (!wanted->all && ids_parse_list(words[0], &ids, &found, &err)) {
		session_misuse(session, "%s", err.text);
		return 0;
	}
	wanted->spec.argv = words + at;
	wanted->spec.words = count - at;
	if (wanted->all)
		ids = find_all(session, &found);
	if (ids)
		run(repl, wanted, ids, found);
	return 0;
}

/*
 * If the program gets a terminal, sets its TERM to the type of the operator's terminal, unless -e
 * sets TERM.
 */
static void add_term(struct wanted *wanted, char *term, size_t size)
{
	const char *name = getenv("TERM");

	if (!wanted->spec.terminal || !name ||
	    (size_t)snprintf(term, size, "TERM=%s", name) >= size)
		return;
	for (size_t i = 0; i < wanted->spec.variables; i++)
		if (!strncmp(wanted->spec.env[i], "TERM=", 5))
			return;
	wanted->spec.env[wanted->spec.variables++] = term;
}

/*
 * Runs the command if the command is about the node's timer (start, stop, time). False: the command
 * is not about the timer.
 */
static bool try_timer(struct repl *repl, char *const *words, size_t count)
{
	uint32_t node;

	/* Accept a "--" at the end: some operators add it by habit. */
	if (count == 3 && !strcmp(words[2], "--"))
		count--;
	for (size_t i = 0; count == 2 && i < ARRAY_SIZE(timer_ops); i++) {
		if (strcmp(words[1], timer_ops[i]))
			continue;
		if (verb_take_id(repl, words[0], &node))
			use_timer(repl, node, timer_ops[i]);
		return true;
	}
	return false;
}

int verb_exec(struct repl *repl, char *const *args, size_t count)
{
	autofree char **env = calloc(count + 1, sizeof(*env)), **words = NULL;
	struct wanted wanted = {.spec = {.env = env}};
	char term[80];

	if (!env || !flags_take(repl->session, &exec_flags, args, count, take_flag, &wanted, &words,
				&count))
		return 0;
	if (try_timer(repl, words, count))
		return 0;
	add_term(&wanted, term, sizeof(term));
	return run_in(repl, &wanted, words, count);
}

/* --- logs --- */

#define POLL_MS 250

static const struct option logs_options[] = {{"follow", no_argument, NULL, 'f'},
					     {NULL, 0, NULL, 0}};

const struct flags logs_flags = {"f", logs_options, false};

static bool take_follow(struct session *session, void *own, int flag, char *word)
{
	(void)session;
	(void)flag;
	(void)word;
	return *(bool *)own = true;
}

struct log {
	uint32_t node;
	uint64_t program; /* 0: the node's last program, until the first reply tells its number */
	json_int_t from, end;
	bool running;
};

static void show_log(struct session *session, struct log *log, const struct answer *answer)
{
	const json_t *body = answer->body;
	json_int_t from = json_integer_value(json_object_get(body, "from"));

	/*
	 * The next requests are about this same program, even if the node starts another program
	 * meanwhile.
	 */
	log->program = (uint64_t)json_integer_value(json_object_get(body, "program"));
	log->running = json_is_true(json_object_get(body, "running"));
	log->end = json_integer_value(json_object_get(body, "end"));
	if (session->options->json) {
		run_show_json(session, answer, log->node);
	} else {
		if (from > log->from && !session->options->quiet)
			out_line(&session->errs, "[%lld octets are not kept any more]",
				 from - log->from);
		session_flush_errs(session);
		out_raw(&session->out, answer->data, answer->len);
	}
	session_flush(session);
	log->from = json_integer_value(json_object_get(body, "next"));
}

/*
 * Requests one piece of the log, from log->from on, and shows that piece. False: an error was
 * shown.
 */
static bool ask_log(struct session *session, struct log *log)
{
	struct answer answer;

	if (!session_fetch(session,
			   json_pack("{s:s, s:I, s:I, s:I}", "cmd", "logs", "node",
				     (json_int_t)log->node, "program", (json_int_t)log->program,
				     "from", log->from),
			   &(struct asking){.what = "logs"}, &answer))
		return false;
	show_log(session, log, &answer);
	answer_release(&answer);
	return true;
}

int verb_logs(struct repl *repl, char *const *args, size_t count)
{
	struct session *session = repl->session;
	bool follow = false, fine = true;
	int64_t deadline_ns = run_deadline_ns(session);
	struct log log = {.running = true};
	autofree char **words = NULL;

	if (!flags_take(session, &logs_flags, args, count, take_follow, &follow, &words, &count))
		return 0;
	if (count < 1 || count > 2)
		return -EINVAL;
	if (!verb_take_id(repl, words[0], &log.node))
		return 0;
	if (count == 2 && (!text_number(words[1], INT32_MAX, &log.program) || !log.program))
		return flags_complain(session, "not the number of a program", words[1]), 0;
	session->soft_interrupt = session->interactive;
	do {
		fine = ask_log(session, &log);
		if (fine && follow && log.running && log.from == log.end)
			session_wait(session, 0, clock_ms_until(deadline_ns, POLL_MS));
		if (fine && follow && log.running && clock_ns() >= deadline_ns) {
			run_say_late(session, "logs");
			fine = false;
		}
	} while (fine && !session->end && !session->interrupts &&
		 (log.from < log.end || (follow && log.running)));
	session->soft_interrupt = false;
	session->interrupts = 0;
	return 0;
}
