#include "base/cleanup.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LIMIT_S 20

/* The request that bonsai sends for each node of a list. */
struct order {
	const char *what, *cmd;
	int signal; /* the signal to send; 0: none */
};

static void ask_node(struct repl *repl, uint32_t node, bool several, const void *own)
{
	const struct order *order = own;
	const struct asking asking = {.what = order->what,
				      .limit_s = LIMIT_S,
				      .show = show_done,
				      .names = several,
				      .node = node};
	json_t *request = json_pack("{s:s,s:I}", "cmd", order->cmd, "node", (json_int_t)node);

	if (request && order->signal)
		json_object_set_new(request, "signal", json_integer(order->signal));
	session_ask(repl->session, request, &asking);
}

/* Reads a signal's number, or its name with or without SIG. Returns 0 if `word` is neither. */
static int parse_signal(const char *word)
{
	uint64_t number;

	if (text_number(word, NSIG - 1, &number))
		return (int)number;
	if (!strncasecmp(word, "SIG", 3))
		word += 3;
	for (int signal = 1; signal < NSIG; signal++) {
		const char *name = sigabbrev_np(signal);

		if (name && !strcasecmp(name, word))
			return signal;
	}
	return 0;
}

static const struct option kill_options[] = {
    {"signal", required_argument, NULL, 's'},
    {NULL, 0, NULL, 0},
};

const struct flags kill_flags = {"s:", kill_options, false};

static bool take_flag(struct session *session, void *own, int flag, char *word)
{
	int *signal = own;

	(void)flag;
	*signal = parse_signal(word);
	return *signal || flags_complain(session, "no such signal", word);
}

/*
 * Takes the same arguments as kill(1). In addition, the last word may be a signal's name, as in
 * this command's first form (`kill 3 TERM`). A last word that is a number is always a node.
 */
int verb_kill(struct repl *repl, char *const *args, size_t count)
{
	struct order order = {.what = "kill", .cmd = "signal"};
	autofree char **words = NULL;
	const char *last;

	if (!flags_take(repl->session, &kill_flags, args, count, take_flag, &order.signal, &words,
			&count))
		return 0;
	last = count > 1 && !order.signal ? words[count - 1] : NULL;
	if (last && (*last < '0' || *last > '9')) {
		order.signal = parse_signal(last);
		if (!order.signal) {
			session_misuse_word(repl->session, "no such signal", last);
			return 0;
		}
		count--;
	}
	if (!order.signal)
		order.signal = SIGKILL;
	return verb_each(repl, words, count, ask_node, &order);
}

int verb_freeze(struct repl *repl, char *const *args, size_t count)
{
	return verb_each(repl, args, count, ask_node, &(struct order){"freeze", "freeze", 0});
}

int verb_thaw(struct repl *repl, char *const *args, size_t count)
{
	return verb_each(repl, args, count, ask_node, &(struct order){"thaw", "thaw", 0});
}
