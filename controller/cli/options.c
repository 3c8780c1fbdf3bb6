#include "controller/cli/options.h"

#include "base/cleanup.h"
#include "controller/rundir.h"

#include <stdio.h>

const char *const option_backends[] = {"ns", "lxc", "process", NULL};
const char *const option_policies[] = {"preserve", "destroy", "restart", NULL};

const struct told_option told_options[] = {
    {.name = "--tree",
     .argument = "NAME",
     .help = "which tree (default $BONSAI_TREE, or " RUNDIR_DEFAULT_NAME ")"},
    {.name = "--backend",
     .argument = "WHAT",
     .help = "ns (default), lxc, or process, which isolates nothing",
     .values = option_backends,
     .made = true},
    {.name = "--image",
     .argument = "NAME",
     .help = "what nodes have as their root (default host, read-only)",
     .made = true},
    {.name = "--heartbeat",
     .argument = "MS",
     .help = "nodes sign on each MS milliseconds (default 1000)",
     .made = true},
    {.name = "--on-crash",
     .argument = "WHAT",
     .help = "preserve (default), destroy or restart what ends by itself",
     .values = option_policies,
     .made = true},
    {.name = "--memory",
     .argument = "BYTES",
     .help = "what all nodes may use together, as 2G",
     .made = true},
    {.name = "--pids",
     .argument = "N",
     .help = "processes and threads of all nodes together",
     .made = true},
    {.name = "--cpus",
     .argument = "N",
     .help = "processors for all nodes together, as 0.5",
     .made = true},
    {.name = "--disk",
     .argument = "BYTES",
     .help = "what a node may write (default 64M)",
     .made = true},
    {.name = "--io",
     .argument = "BYTES",
     .help = "read and written in a second by all nodes together, as 10M",
     .made = true},
    {.name = "--nofile",
     .argument = "N",
     .help = "descriptors that a program may have open (default 4096)",
     .made = true},
    {.name = "--cap-add",
     .argument = "CAPS",
     .help = "capabilities of programs in nodes, as NET_RAW,SYS_PTRACE",
     .made = true},
    {.name = "--uid-range",
     .argument = "RANGE",
     .help = "as root, the ids of nodes on the host, as FIRST:COUNT",
     .made = true},
    {.name = "--seccomp",
     .argument = "FILE",
     .help = "filter system calls by a container profile; or unconfined",
     .made = true},
    {.name = "--timeout", .argument = "S", .help = "wait so long for an answer"},
    {.name = "--json", .help = "answers and events as JSON, one a line"},
    {.name = "--quiet", .letter = 'q', .help = "errors alone, and what programs print"},
    {.name = "--no-color", .help = "no colours on a terminal either, as with NO_COLOR set"},
    {.name = "--help", .letter = 'h', .help = "this text, or how a sub-command is used"},
    {.name = "--version", .help = "the version"},
};

const size_t told_options_count = ARRAY_SIZE(told_options);

void options_tell(struct out *out, bool made)
{
	char words[40];

	for (size_t i = 0; i < told_options_count; i++) {
		const struct told_option *option = &told_options[i];

		if (made && !option->made)
			continue;
		snprintf(words, sizeof(words), "%s%s%s%s%s", option->letter ? "-" : "",
			 option->letter ? (char[]){option->letter, ',', ' ', '\0'} : "",
			 option->name, option->argument ? " " : "",
			 option->argument ? option->argument : "");
		out_line(out, "  %-18s %s", words, option->help);
	}
}
