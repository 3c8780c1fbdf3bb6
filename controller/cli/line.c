#include "controller/cli/line.h"

#include "controller/cli/command.h"
#include "controller/cli/outer.h"
#include "controller/cli/text.h"
#include "controller/cli/words.h"

/*
 * Reports that lines of the input have no command `name`. `command` is the command of that name
 * that is only for the command line; NULL: there is none.
 */
static void say_unknown(struct session *session, const char *name, const struct command *command)
{
	const struct outer *outer = outer_find(name);
	struct nearest nearest = {.typed = name};
	const struct command *meant;
	char shown[80];

	command_consider(&nearest, REPL);
	outer_consider(&nearest);
	meant = nearest.word ? command_find(nearest.word) : NULL;
	text_printable(shown, sizeof(shown), name);
	if (outer || command)
		session_complain(session, "%s is for the command line: bonsai %s", shown, shown);
	else if (nearest.word && (!meant || meant->where == ONE_SHOT))
		session_complain(
		    session, "Unknown command: %s; did you mean bonsai %s, on the command line?",
		    shown, nearest.word);
	else if (nearest.word)
		session_complain(session, "Unknown command: %s; did you mean %s?", shown,
				 nearest.word);
	else
		session_complain(session, "Unknown command: %s; menu lists them all", shown);
}

void line_execute(struct repl *repl, const char *line)
{
	const struct command *command;
	struct words words = {0};
	struct err err = {0};
	int rc = words_split_plain(line, &words, &err);
	bool ours;

	if (!rc && !words.count)
		return words_release(&words);
	command = rc ? NULL : command_find(words.argv[0]);
	ours = command && command->where != ONE_SHOT;
	if (ours && command->quoted) {
		words_release(&words);
		rc = words_split_quoted(line, &words, &err);
	}
	if (rc)
		session_complain(repl->session, "%s", err.text);
	else if (!ours)
		say_unknown(repl->session, words.argv[0], command);
	else
		command_carry_out(repl, command, words.argv + 1, words.count - 1);
	words_release(&words);
}
