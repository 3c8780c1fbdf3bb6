#include "controller/cli/outer.h"

#include "base/cleanup.h"
#include "controller/cli/command.h"
#include "controller/cli/images.h"
#include "controller/cli/machine.h"
#include "controller/cli/options.h"
#include "controller/cli/top.h"
#include "controller/cli/trees.h"

#include <stdio.h>
#include <string.h>

static int help_overall(void)
{
	struct out out = {0};

	out_line(&out, "Usage: bonsai [OPTION...] [SUB-COMMAND [ARG...]]");
	out_line(&out,
		 "Grows a tree of sandboxed nodes. Without a sub-command it reads commands from");
	out_line(&out,
		 "standard input; a tree it starts for that goes with it, one that is up stays.\n");
	options_tell(&out, false);
	out_line(&out, "\nTrees:");
	for (size_t i = 0; i < outers_count; i++)
		command_tell(&out, outers[i].name, outers[i].usage, outers[i].help);
	out_line(&out, "\nIn a tree that is up:");
	command_menu(&out, EVERYWHERE);
	command_menu(&out, ONE_SHOT);
	out_line(&out, "\nIn lines of the input also:");
	command_menu(&out, REPL);
	out_line(&out, "\nStatus: 0 done, 1 refused, 2 usage, 3 not reached, 124 timed out;\n"
		       "of exec and enter the program's own.");
	return session_print(&out);
}

static int help_about(const char *topic)
{
	const struct command *command = command_find(topic);
	const struct outer *outer = outer_find(topic);
	const char *name, *usage, *details;
	struct out out = {0};

	if (!command && !outer)
		return session_refuse_word("no such sub-command", topic, outer_nearest(topic));
	name = outer ? outer->name : command->name;
	usage = outer ? outer->usage : command->usage;
	details = outer ? outer->details : command->details;
	out_line(&out, "Usage: bonsai %s%s%s", name, *usage ? " " : "", usage);
	out_line(&out, "%s", outer ? outer->help : command->help);
	if (details)
		out_line(&out, "%s", details);
	if (outer && outer->run == trees_up) {
		out_line(&out, "\nOf the tree that is made:");
		options_tell(&out, true);
	}
	return session_print(&out);
}

int outer_help(const char *topic)
{
	return topic ? help_about(topic) : help_overall();
}

int outer_version(bool json)
{
	struct out out = {0};

	out_line(&out, json ? "{\"version\":\"%s\"}" : "bonsai %s", BONSAI_VERSION);
	return session_print(&out);
}

static int help(const struct session_options *options, char *const *args, size_t count)
{
	(void)options;
	return outer_help(count ? args[0] : NULL);
}

static int version(const struct session_options *options, char *const *args, size_t count)
{
	(void)args;
	(void)count;
	return outer_version(options->json);
}

/*
 * Runs `bonsai doctor`. The checks of this sub-command are in bonsaid, so executes bonsaid in place
 * of this process.
 */
static int doctor(const struct session_options *options, char *const *args, size_t count)
{
	const char *argv[] = {"bonsaid", "--doctor", options->json ? "--json" : NULL, NULL};

	(void)args;
	(void)count;
	/* With --quiet only the exit status shows the result: discard the output. */
	if (options->quiet && !freopen("/dev/null", "w", stdout))
		return STATUS_REFUSED;
	daemon_exec((char *const *)argv);
	return STATUS_NOT_REACHED;
}

static const char top_details[] =
    "\n"
    "It looks each second and whenever something happens. The keys are s and r to\n"
    "sort, arrows and / to select a node, f to freeze it, t to thaw it, k to kill it,\n"
    "e to enter it and come back, ? for all of them, and q to quit.";

static const char image_details[] =
    "\n"
    "  import NAME SOURCE     of a folder, a tar, an OCI layout or a squashfs\n"
    "  build RECIPE [NAME]    by a recipe: busybox, or debian (from apt's mirror)\n"
    "  rm NAME                remove one that no tree uses\n"
    "  inspect NAME           what is known of one, as JSON\n"
    "  ls                     all that are there\n"
    "\n"
    "A tree whose nodes have one: bonsai up --image NAME";

const struct outer outers[] = {
    {.name = "up",
     .like = "start init launch",
     .usage = "[OPTION...]",
     .help = "start a tree that lives on, or its controller again",
     .run = trees_up},
    {.name = "down",
     .like = "halt shutdown",
     .usage = "",
     .help = "take a tree down",
     .run = trees_down},
    {.name = "ls",
     .like = "list trees",
     .usage = "",
     .help = "the trees that are up",
     .run = trees_list},
    {.name = "top",
     .usage = "",
     .help = "the nodes on a full screen, with keys to work on them",
     .run = top_run,
     .details = top_details},
    {.name = "vm",
     .like = "machine boot",
     .usage = MACHINE_USAGE,
     .help = "a tree in a virtual machine, and a program there",
     .run = machine_run,
     .details = machine_details,
     .flags = &machine_flags},
    {.name = "image",
     .like = "pull build import rmi",
     .usage = IMAGES_USAGE,
     .help = "root file systems for nodes",
     .min = 1,
     .max = 3,
     .run = images_run,
     .keywords = images_verbs,
     .details = image_details},
    {.name = "doctor",
     .usage = "",
     .help = "what this host has and lacks, and what mends it",
     .run = doctor},
    {.name = "completion",
     .usage = "bash|zsh|fish",
     .help = "completions for a shell",
     .min = 1,
     .max = 1,
     .run = outer_completion,
     .keywords = outer_shells},
    {.name = "help",
     .usage = "[SUB-COMMAND]",
     .help = "this text, or how a sub-command is used",
     .max = 1,
     .run = help},
    {.name = "version", .usage = "", .help = "the version", .run = version},
};

const size_t outers_count = ARRAY_SIZE(outers);

const struct outer *outer_find(const char *name)
{
	for (size_t i = 0; i < outers_count; i++)
		if (!strcmp(outers[i].name, name))
			return &outers[i];
	return NULL;
}

void outer_consider(struct nearest *nearest)
{
	command_consider(nearest, ONE_SHOT);
	for (size_t i = 0; i < outers_count; i++)
		text_consider_like(nearest, outers[i].name, outers[i].like);
}

const char *outer_nearest(const char *name)
{
	struct nearest nearest = {.typed = name};

	outer_consider(&nearest);
	return nearest.word;
}
