#include "controller/cli/command.h"

#include "base/cleanup.h"
#include "controller/cli/text.h"
#include "controller/cli/words.h"

#include <string.h>

#define NEAR 2 /* letters wrong at most, to be taken for a slip */

static const char *const exec_keywords[] = {"start", "stop", "time", "--", NULL};
static const char *const heartbeat_keywords[] = {"off", NULL};

static int verb_menu(struct repl *repl, char *const *args, size_t count)
{
	(void)args;
	(void)count;
	command_menu(&repl->session->out);
	return 0;
}

const struct command commands[] = {
    {.name = "create",
     .usage = "ID|A..B...",
     .help = "place nodes in the tree, each in a sandbox of its own",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_create},
    {.name = "remove",
     .usage = "ID|A..B...",
     .help = "remove nodes and all below them",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_remove},
    {.name = "exec",
     .usage = "ID start|stop|time | ID -- PROG [ARG...]",
     .help = "use the node's timer, or run a program in its sandbox",
     .min = 2,
     .max = SIZE_MAX,
     .quoted = true,
     .keywords = exec_keywords,
     .keyword_at = 2,
     .run = verb_exec},
    {.name = "grow",
     .usage = "N",
     .help = "create nodes 1 to N as a balanced tree",
     .min = 1,
     .max = 1,
     .run = verb_grow},
    {.name = "pingall",
     .usage = "",
     .help = "ask every node whether it is there",
     .run = verb_pingall},
    {.name = "heartbeat",
     .usage = "[MS|off]",
     .help = "beat each MS milliseconds and print the rounds, or stop printing",
     .max = 1,
     .keywords = heartbeat_keywords,
     .keyword_at = 1,
     .run = verb_heartbeat},
    {.name = "stats",
     .usage = "ID",
     .help = "what the node has counted",
     .min = 1,
     .max = 1,
     .run = verb_stats},
    {.name = "menu", .alias = "help", .usage = "", .help = "this list", .run = verb_menu},
    {.name = "exit", .usage = "", .help = "take everything down and end", .run = verb_exit},
};

const size_t commands_count = ARRAY_SIZE(commands);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (!strcmp(commands[i].name, name) ||
		    (commands[i].alias && !strcmp(commands[i].alias, name)))
			return &commands[i];
	return NULL;
}

const char *command_nearest(const char *name)
{
	const char *nearest = NULL;
	size_t least = NEAR + 1;

	for (size_t i = 0; i < commands_count; i++) {
		size_t distance = text_distance(name, commands[i].name);

		/* Of a short word, two wrong letters leave nothing. */
		if (distance < least && 2 * distance < strlen(commands[i].name)) {
			least = distance;
			nearest = commands[i].name;
		}
	}
	return nearest;
}

void command_menu(struct out *out)
{
	for (size_t i = 0; i < commands_count; i++) {
		const struct command *command = &commands[i];
		int width = (int)strlen(command->name) + 1;

		out_line(out, "%s %-*s %s", command->name, 46 - width, command->usage,
			 command->help);
	}
}

static size_t add_choice(const char **choices, size_t count, const char *word, const char *typed)
{
	if (count < TERMINAL_CHOICES_MAX && !strncmp(word, typed, strlen(typed)))
		choices[count++] = word;
	return count;
}

size_t command_complete(const char *before, const char **choices, size_t *typed)
{
	const struct command *command;
	struct words words = {0};
	const char *last = strrchr(before, ' ');
	size_t count = 0, at;

	last = last ? last + 1 : before;
	if (words_split_plain(before, &words, NULL))
		return 0;
	*typed = strlen(last);
	at = words.count - (*last != '\0');
	if (!at)
		for (size_t i = 0; i < commands_count; i++)
			count = add_choice(choices, count, commands[i].name, last);
	command = at ? command_find(words.argv[0]) : NULL;
	if (command && command->keywords && command->keyword_at == at)
		for (size_t i = 0; command->keywords[i]; i++)
			count = add_choice(choices, count, command->keywords[i], last);
	words_release(&words);
	return count;
}

static void say_unknown(struct out *out, const char *name)
{
	const char *nearest = command_nearest(name);
	char shown[80];

	text_printable(shown, sizeof(shown), name);
	if (nearest)
		out_line(out, "Error: Unknown command: %s; did you mean %s?", shown, nearest);
	else
		out_line(out, "Error: Unknown command: %s; menu lists them all", shown);
}

static void run(struct repl *repl, const struct command *command, const struct words *words)
{
	size_t count = words->count - 1;

	if (count >= command->min && count <= command->max &&
	    !command->run(repl, words->argv + 1, count))
		return;
	out_line(&repl->session->out, "Error: usage: %s%s%s", command->name,
		 *command->usage ? " " : "", command->usage);
}

void command_execute(struct repl *repl, const char *line)
{
	struct out *out = &repl->session->out;
	const struct command *command;
	struct words words = {0};
	struct err err = {0};
	int rc = words_split_plain(line, &words, &err);

	if (!rc && !words.count)
		return words_release(&words);
	command = rc ? NULL : command_find(words.argv[0]);
	if (command && command->quoted) {
		words_release(&words);
		rc = words_split_quoted(line, &words, &err);
	}
	if (rc)
		out_line(out, "Error: %s", err.text);
	else if (!command)
		say_unknown(out, words.argv[0]);
	else
		run(repl, command, &words);
	words_release(&words);
}
