#include "controller/cli/command.h"

#include "base/cleanup.h"
#include "controller/cli/limits.h"
#include "controller/cli/text.h"
#include "controller/cli/words.h"

#include <errno.h>
#include <string.h>

#define HELP_COLUMN 27 /* leaves 53 columns for the help on a terminal of 80 columns */

static const char *const exec_keywords[] = {"start", "stop", "time", "--", NULL};
static const char *const heartbeat_keywords[] = {"off", NULL};
static const char *const set_keywords[] = {"tree", NULL};
static const char *const kill_keywords[] = {"KILL", "TERM", "STOP", "CONT", "INT",  "HUP",
					    "QUIT", "USR1", "USR2", "ABRT", "SEGV", NULL};

static const char exec_details[] =
    "\n"
    "IDS are one or several nodes, as 3,8..20; several run side by side, each line\n"
    "with its node.\n"
    "  --all             in all nodes instead\n"
    "  -t, --tty         with a terminal of its own, which is yours meanwhile\n"
    "  -i, --input       standard input is for it, as it is anyway\n"
    "  -n, --no-input    standard input is not for it\n"
    "  -d, --detach      leave it running; see bonsai logs\n"
    "  -e NAME=VALUE     --env: a variable of its environment; any number of them\n"
    "  -w DIR            --workdir: the folder it starts in (default: /)\n"
    "\n"
    "The exit status is the program's own, 128 + N for signal N; 127 and 126 as from\n"
    "a shell. ^C goes to the program; the third one kills it. With --timeout S it is\n"
    "killed after S seconds.";

static const char logs_details[] =
    "\n"
    "  -f, --follow      go on until the program ends\n"
    "\n"
    "PROGRAM is the number that exec -d said, which is its process number in the\n"
    "node. The last 256 KiB of what it wrote are kept, and so is the log of a program\n"
    "that has ended.";

static const char enter_details[] =
    "\n"
    "It joins the namespaces of the node's init, with no more privileges than the\n"
    "node has, and runs at your own terminal. So it works also where the network does\n"
    "not and when the node is frozen. It ends with the node. The exit status is the\n"
    "program's own.";

static const char audit_details[] =
    "\n"
    "A line a check, \"ok\", \"finding\" or \"?\", of what the kernel shows of each process\n"
    "in the node: namespaces, ids, capabilities, no_new_privs, seccomp, mounts,\n"
    "descriptors and more. Neither node nor controller is believed. \"?\" is what you\n"
    "may not see. The exit status is 0 when all is ok, else 1.";

#define LIMITS_DETAILS                                                                             \
	"\n"                                                                                       \
	"  --memory BYTES    as 64M: what a node and all that runs in it may have; beyond\n"       \
	"                    it the kernel kills its greediest program, an event (oom)\n"          \
	"  --pids N          processes and threads, those of the agent included\n"                 \
	"  --cpus N          as 0.5: processors' worth of time\n"                                  \
	"  --disk BYTES      of /run, /tmp and /root, which can be written (default: 64M)\n"       \
	"  --io BYTES        as 10M: in a second, read from each disk of the host, and\n"          \
	"                    written to it\n"                                                      \
	"  --nofile N        descriptors of a program, from its start on (default: 4096)\n"        \
	"\n"                                                                                       \
	"All but the last and --disk need a control group, see bonsai doctor."

static const char create_details[] = LIMITS_DETAILS
    "\n"
    "\n"
    "  --cap-add CAPS    capabilities that its programs have in its user namespace,\n"
    "                    as NET_RAW,SYS_PTRACE";
static const char set_details[] = LIMITS_DETAILS
    "\n"
    "\"none\" lifts a limit. All change, or none. Of the tree they are what all its\n"
    "nodes may use together, but for --disk and --nofile: those are what a node gets\n"
    "that is created without its own. What runs already is held to all but --nofile.";

static const char kill_details[] =
    "\n"
    "  -s SIGNAL         --signal: its name, with or without SIG, or its number\n"
    "\n"
    "A signal's name may also stand last: kill 7 TERM.";

static const char events_details[] =
    "\n"
    "  -f, --follow      print events as they come; those since --since first\n"
    "  --since SEQ       only those after the event of that number, which --json\n"
    "                    shows";

static int verb_menu(struct repl *repl, char *const *args, size_t count)
{
	const struct command *command = count ? command_find(args[0]) : NULL;

	if (count && !command) {
		session_misuse_word(repl->session, "no such command", args[0]);
		return 0;
	}
	if (command) {
		out_line(&repl->session->out, "%s %s", command->name, command->usage);
		out_line(&repl->session->out, "%s", command->help);
		if (command->details)
			out_line(&repl->session->out, "%s", command->details);
		return 0;
	}
	command_menu(&repl->session->out, EVERYWHERE);
	command_menu(&repl->session->out, REPL);
	return 0;
}

const struct command commands[] = {
    {.name = "create",
     .like = "add new mk",
     .usage = "ID|A..B... [LIMIT...] [--cap-add CAPS]",
     .help = "place nodes in the tree, each in a sandbox of its own",
     .details = create_details,
     .min = 1,
     .max = SIZE_MAX,
     .flags = &limits_flags,
     .run = verb_create},
    {.name = "remove",
     .like = "rm del delete destroy",
     .usage = "ID|A..B...",
     .help = "remove nodes and all below them",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_remove},
    {.name = "exec",
     .like = "run",
     .usage = "IDS -- PROG [ARG...]|ID start|stop|time",
     .help = "run a program in nodes, or use the timer of a node",
     .details = exec_details,
     .min = 2,
     .max = SIZE_MAX,
     .quoted = true,
     .flags = &exec_flags,
     .keywords = exec_keywords,
     .keyword_at = 2,
     .run = verb_exec},
    {.name = "logs",
     .usage = "[-f] ID [PROGRAM]",
     .help = "what a program of exec -d wrote, by default the last",
     .details = logs_details,
     .min = 1,
     .max = 3,
     .flags = &logs_flags,
     .run = verb_logs},
    {.name = "grow",
     .usage = "N",
     .help = "create nodes 1 to N as a balanced tree",
     .min = 1,
     .max = 1,
     .run = verb_grow},
    {.name = "pingall",
     .like = "ping",
     .usage = "",
     .help = "ask every node whether it is there",
     .run = verb_pingall},
    {.name = "heartbeat",
     .usage = "[MS|off]",
     .help = "beat each MS milliseconds and print it, or stop that",
     .max = 1,
     .keywords = heartbeat_keywords,
     .keyword_at = 1,
     .run = verb_heartbeat},
    {.name = "stats",
     .usage = "ID|A..B...",
     .help = "what nodes have counted",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_stats},
    {.name = "ps",
     .like = "nodes containers get",
     .usage = "[ID|A..B...]",
     .help = "the nodes as a table, or some of them",
     .max = SIZE_MAX,
     .run = verb_ps},
    {.name = "tree",
     .like = "net links topology",
     .usage = "[ID|A..B...]",
     .help = "the nodes as a drawing, or some and all below them",
     .max = SIZE_MAX,
     .run = verb_tree},
    {.name = "inspect",
     .like = "show describe",
     .usage = "ID|A..B...",
     .help = "everything known of nodes, as JSON",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_inspect},
    {.name = "enter",
     .like = "attach shell sh bash console ssh xterm",
     .usage = "ID [PROG [ARG...]]",
     .help = "a shell, or another program, inside the sandbox",
     .details = enter_details,
     .min = 1,
     .max = SIZE_MAX,
     .where = ONE_SHOT,
     .run = verb_enter},
    {.name = "audit",
     .usage = "ID",
     .help = "check from the outside what holds a running node",
     .details = audit_details,
     .min = 1,
     .max = 1,
     .where = ONE_SHOT,
     .run = verb_audit},
    {.name = "kill",
     .like = "stop signal",
     .usage = "[-s SIGNAL] ID|A..B...",
     .help = "send a signal to nodes, KILL unless another is named",
     .details = kill_details,
     .min = 1,
     .max = SIZE_MAX,
     .flags = &kill_flags,
     .keywords = kill_keywords,
     .keyword_at = 2,
     .run = verb_kill},
    {.name = "freeze",
     .like = "pause suspend",
     .usage = "ID|A..B...",
     .help = "stop nodes and all that runs in them",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_freeze},
    {.name = "thaw",
     .like = "unpause unfreeze resume",
     .usage = "ID|A..B...",
     .help = "let frozen nodes go on",
     .min = 1,
     .max = SIZE_MAX,
     .run = verb_thaw},
    {.name = "set",
     .like = "update limit limits",
     .usage = "ID|tree LIMIT...",
     .help = "change the limits of a node that runs, or of the tree",
     .details = set_details,
     .min = 2,
     .max = SIZE_MAX,
     .flags = &limits_flags,
     .keywords = set_keywords,
     .keyword_at = 1,
     .run = verb_set},
    {.name = "info",
     .like = "status",
     .usage = "",
     .help = "the tree and its controller",
     .run = verb_info},
    {.name = "events",
     .like = "watch monitor",
     .usage = "[-f] [--since SEQ]",
     .help = "the last events; with -f as they come, until ^C",
     .details = events_details,
     .max = 3,
     .flags = &events_flags,
     .where = ONE_SHOT,
     .run = verb_events},
    {.name = "top",
     .usage = "",
     .help = "the nodes on a full screen, with keys to work on them",
     .where = REPL,
     .run = verb_top},
    {.name = "menu",
     .like = "? commands",
     .alias = "help",
     .usage = "[COMMAND]",
     .help = "this list, or how a command is used",
     .max = 1,
     .where = REPL,
     .run = verb_menu},
    {.name = "exit",
     .like = "q bye leave logout",
     .usage = "",
     .alias = "quit",
     .help = "take all down and end; a tree that was up stays",
     .where = REPL,
     .run = verb_exit},
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

void command_consider(struct nearest *nearest, enum command_where where)
{
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i].where == EVERYWHERE || commands[i].where == where)
			text_consider_like(nearest, commands[i].name, commands[i].like);
}

void command_tell(struct out *out, const char *name, const char *usage, const char *help)
{
	int width = HELP_COLUMN - 2 - (int)strlen(name);

	if ((int)strlen(usage) > width)
		out_line(out, "%s %s\n%*s%s", name, usage, HELP_COLUMN, "", help);
	else
		out_line(out, "%s %-*s %s", name, width, usage, help);
}

void command_menu(struct out *out, enum command_where where)
{
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i].where == where)
			command_tell(out, commands[i].name, commands[i].usage, commands[i].help);
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
			if (commands[i].where != ONE_SHOT)
				count = add_choice(choices, count, commands[i].name, last);
	command = at ? command_find(words.argv[0]) : NULL;
	if (command && command->keywords && command->keyword_at == at)
		for (size_t i = 0; command->keywords[i]; i++)
			count = add_choice(choices, count, command->keywords[i], last);
	words_release(&words);
	return count;
}

void command_carry_out(struct repl *repl, const struct command *command, char *const *args,
		       size_t count)
{
	if (count >= command->min && count <= command->max && !command->run(repl, args, count))
		return;
	session_misuse(repl->session, "usage: %s%s%s%s",
		       repl->session->options->one_shot ? "bonsai " : "", command->name,
		       *command->usage ? " " : "", command->usage);
}
