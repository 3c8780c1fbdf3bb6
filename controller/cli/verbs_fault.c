#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LIMIT_S 20

static int ask_node(struct repl *repl, const char *word, const char *cmd, int signal)
{
	const struct asking asking = {
	    .what = signal ? "kill" : cmd, .limit_s = LIMIT_S, .show = show_done};
	json_t *request;
	uint32_t node;

	if (!verb_take_id(repl, word, &node))
		return 0;
	request = json_pack("{s:s,s:I}", "cmd", cmd, "node", (json_int_t)node);
	if (request && signal)
		json_object_set_new(request, "signal", json_integer(signal));
	session_ask(repl->session, request, &asking);
	return 0;
}

/* A number, or a name with or without SIG; 0 for none. */
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

int verb_kill(struct repl *repl, char *const *args, size_t count)
{
	int signal = count > 1 ? parse_signal(args[1]) : SIGKILL;

	if (signal)
		return ask_node(repl, args[0], "signal", signal);
	session_misuse_word(repl->session, "no such signal", args[1]);
	return 0;
}

int verb_freeze(struct repl *repl, char *const *args, size_t count)
{
	(void)count;
	return ask_node(repl, args[0], "freeze", 0);
}

int verb_thaw(struct repl *repl, char *const *args, size_t count)
{
	(void)count;
	return ask_node(repl, args[0], "thaw", 0);
}
