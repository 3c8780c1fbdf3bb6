#include "controller/cli/outer.h"

#include "base/cleanup.h"
#include "controller/cli/command.h"
#include "controller/cli/images.h"
#include "controller/cli/text.h"
#include "controller/cli/top.h"
#include "controller/cli/trees.h"

#include <stdio.h>
#include <string.h>

static const char *const option_help[][2] = {
    {"--tree NAME", "which tree (default: $BONSAI_TREE, or " RUNDIR_DEFAULT_NAME ")"},
    {"--backend ns", "each node in namespaces of its own (default, but for $BONSAI_BACKEND)"},
    {"--backend lxc", "the same, made by liblxc: lxc-ls, lxc-info and lxc-attach see them"},
    {"--backend process", "no isolation: plain processes, for debugging"},
    {"--image NAME", "what nodes have as their root (default: host, its /usr read-only)"},
    {"--heartbeat MS", "nodes sign on each MS milliseconds (default: 1000)"},
    {"--on-crash WHAT", "preserve (default), destroy or restart a node that ends by itself"},
    {"--memory BYTES", "what all nodes may use together; likewise --pids N, --cpus N, --io BYTES"},
    {"--disk BYTES", "what a node may write (default: 64M)"},
    {"--cap-add CAPS", "capabilities that programs of nodes have in there, as NET_RAW,SYS_PTRACE"},
    {"--uid-range F:N", "as root: the ids that nodes have on the host, the first and how many"},
    {"--seccomp FILE",
     "filter system calls by a profile as container engines have them; or unconfined"},
    {"--timeout S", "wait so long for an answer"},
    {"--json", "answers and events as JSON, one a line"},
    {"-q, --quiet", "errors alone, and what programs print"},
    {"--no-color", "no colours on a terminal either, as with NO_COLOR set"},
    {"--help, --version", ""},
};

static int help_overall(void)
{
	struct out out = {0};

	out_line(&out, "Usage: bonsai [OPTION...] [SUB-COMMAND [ARG...]]");
	out_line(&out,
		 "Grows a tree of sandboxed nodes. Without a sub-command it reads commands from");
	out_line(&out,
		 "standard input; a tree it starts for that goes with it, one that is up stays.\n");
	for (size_t i = 0; i < ARRAY_SIZE(option_help); i++)
		out_line(&out, "  %-18s %s", option_help[i][0], option_help[i][1]);
	out_line(&out, "\nTrees:");
	for (size_t i = 0; i < outers_count; i++)
		out_line(&out, "%s %-*s %s", outers[i].name, 45 - (int)strlen(outers[i].name),
			 outers[i].usage, outers[i].help);
	out_line(&out, "\nIn a tree that is up:");
	command_menu(&out, EVERYWHERE);
	command_menu(&out, ONE_SHOT);
	out_line(&out, "\nIn lines of the input also:");
	command_menu(&out, REPL);
	out_line(&out, "\nStatus: 0 done, 1 refused, 2 usage, 3 not reached, 124 timed out; "
		       "exec: the program's own.");
	return session_print(&out);
}

static int help_about(const char *topic)
{
	const struct command *command = command_find(topic);
	const struct outer *outer = outer_find(topic);
	struct out out = {0};
	char shown[80];

	if (!command && !outer) {
		text_printable(shown, sizeof(shown), topic);
		fprintf(stderr, "Error: no such sub-command: %s\n", shown);
		return STATUS_USAGE;
	}
	out_line(&out, "Usage: bonsai %s %s", outer ? outer->name : command->name,
		 outer ? outer->usage : command->usage);
	out_line(&out, "%s", outer ? outer->help : command->help);
	if (command && command->details)
		out_line(&out, "%s", command->details);
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

/* The probes are the controller's: it becomes that. */
static int doctor(const struct session_options *options, char *const *args, size_t count)
{
	const char *argv[] = {"bonsaid", "--doctor", options->json ? "--json" : NULL, NULL};

	(void)args;
	(void)count;
	/* Its status is all that is left to say then. */
	if (options->quiet && !freopen("/dev/null", "w", stdout))
		return STATUS_REFUSED;
	daemon_exec((char *const *)argv);
	return STATUS_NOT_REACHED;
}

/* --- completions --- */

/* Calls `add` for each sub-command. */
static void each_name(struct out *out,
		      void (*add)(struct out *out, const char *name, const char *says))
{
	for (size_t i = 0; i < outers_count; i++)
		add(out, outers[i].name, outers[i].help);
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i].where != REPL)
			add(out, commands[i].name, commands[i].help);
}

#define OPTIONS                                                                                    \
	"--tree --backend --image --heartbeat --on-crash --memory --pids --cpus --disk --io "      \
	"--cap-add --uid-range --seccomp "                                                         \
	"--timeout --json --quiet --no-color "                                                     \
	"--help "                                                                                  \
	"--version"
#define TREES "bonsai --json ls 2>/dev/null | sed -n 's/.*\"tree\":\"\\([^\"]*\\)\".*/\\1/p'"

static void add_word(struct out *out, const char *name, const char *says)
{
	(void)says;
	out_add(out, "%s ", name);
}

static void write_bash(struct out *out)
{
	out_add(out, "# bash completion for bonsai(1)\n"
		     "_bonsai()\n{\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n\n"
		     "\t# With \"=\" among the word breaks, --backend=x is three words.\n"
		     "\tif [[ $prev == = ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
		     "\telif [[ $cur == = ]]; then\n\t\tcur=\n\tfi\n"
		     "\tcase $prev in\n"
		     "\t--backend) COMPREPLY=($(compgen -W 'ns lxc process' -- \"$cur\")) ;;\n"
		     "\t--on-crash) COMPREPLY=($(compgen -W 'preserve destroy restart' -- "
		     "\"$cur\")) ;;\n"
		     "\t--tree) COMPREPLY=($(compgen -W \"$(" TREES ")\" -- \"$cur\")) ;;\n"
		     "\t*) COMPREPLY=($(compgen -W '" OPTIONS " ");
	each_name(out, add_word);
	out_add(out, "' -- \"$cur\")) ;;\n\tesac\n}\ncomplete -F _bonsai bonsai\n");
}

static void add_zsh(struct out *out, const char *name, const char *says)
{
	out_add(out, " %s\\:\"%s\"", name, says);
}

static void write_zsh(struct out *out)
{
	out_add(out, "#compdef bonsai\n_arguments \\\n"
		     "\t'--tree=[which tree]:tree:{_values tree $(");
	out_add(out, "bonsai --json ls 2>/dev/null | cut -d\\\" -f4");
	out_add(out, ")}' \\\n"
		     "\t'--backend=[how nodes are isolated]:backend:(ns lxc process)' \\\n"
		     "\t'--image=[what nodes have as root]:image:' \\\n"
		     "\t'--heartbeat=[milliseconds]:ms:' \\\n"
		     "\t'--on-crash=[what then]:what:(preserve destroy restart)' \\\n"
		     "\t'--memory=[of all nodes together]:bytes:' \\\n"
		     "\t'--pids=[of all nodes together]:processes:' \\\n"
		     "\t'--cpus=[of all nodes together]:processors:' \\\n"
		     "\t'--disk=[of each node]:bytes:' \\\n"
		     "\t'--io=[of all nodes together]:bytes a second:' \\\n"
		     "\t'--cap-add=[capabilities of programs]:capabilities:' \\\n"
		     "\t'--uid-range=[ids of nodes on the host]:first\\:count:' \\\n"
		     "\t'--seccomp=[filter of system calls]:profile:_files' \\\n"
		     "\t'--timeout=[seconds to wait]:s:' \\\n"
		     "\t'--json[answers as JSON]' \\\n"
		     "\t'--quiet[errors alone, and what programs print]' \\\n"
		     "\t'--no-color[no colours]' \\\n"
		     "\t'(- *)--help[show options and commands]' \\\n"
		     "\t'(- *)--version[show the version]' \\\n"
		     "\t'1:sub-command:((");
	each_name(out, add_zsh);
	out_add(out, "))' '*::argument:'\n");
}

static void add_fish(struct out *out, const char *name, const char *says)
{
	out_add(out, "complete -c bonsai -n __fish_use_subcommand -a %s -d '%s'\n", name, says);
}

static void write_fish(struct out *out)
{
	out_add(out,
		"# fish completion for bonsai(1)\n"
		"complete -c bonsai -f\n"
		"complete -c bonsai -l tree -x -a \"(" TREES ")\" -d 'Which tree'\n"
		"complete -c bonsai -l backend -x -a 'ns lxc process' -d 'How nodes are isolated'\n"
		"complete -c bonsai -l image -x -d 'What nodes have as their root'\n"
		"complete -c bonsai -l heartbeat -x -d 'Milliseconds'\n"
		"complete -c bonsai -l memory -x -d 'Bytes of all nodes together'\n"
		"complete -c bonsai -l pids -x -d 'Processes of all nodes together'\n"
		"complete -c bonsai -l cpus -x -d 'Processors of all nodes together'\n"
		"complete -c bonsai -l disk -x -d 'Bytes that a node may write'\n"
		"complete -c bonsai -l io -x -d 'Bytes a second of all nodes together'\n"
		"complete -c bonsai -l cap-add -x -d 'Capabilities of programs'\n"
		"complete -c bonsai -l uid-range -x -d 'Ids of nodes on the host'\n"
		"complete -c bonsai -l seccomp -r -F -d 'Filter of system calls'\n"
		"complete -c bonsai -l timeout -x -d 'Seconds to wait'\n"
		"complete -c bonsai -l json -d 'Answers as JSON'\n"
		"complete -c bonsai -s q -l quiet -d 'Errors alone, and what programs print'\n"
		"complete -c bonsai -l no-color -d 'No colours'\n"
		"complete -c bonsai -l help -d 'Show options and commands'\n"
		"complete -c bonsai -l version -d 'Show the version'\n");
	each_name(out, add_fish);
}

static const struct {
	const char *name;
	void (*write)(struct out *out);
} shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

static int completion(const struct session_options *options, char *const *args, size_t count)
{
	struct out out = {0};
	char shown[80];

	(void)options;
	(void)count;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].name, args[0]))
			continue;
		shells[i].write(&out);
		return session_print(&out);
	}
	text_printable(shown, sizeof(shown), args[0]);
	fprintf(stderr, "Error: no shell that is known, bash, zsh or fish: %s\n", shown);
	return STATUS_USAGE;
}

const struct outer outers[] = {
    {"up", "[LIMIT...]", "start a tree that lives on, or give one a controller again", 0, 0,
     trees_up},
    {"down", "", "take a tree down", 0, 0, trees_down},
    {"ls", "", "the trees that are up", 0, 0, trees_list},
    {"top", "", "the nodes on a full screen, with keys to freeze, thaw, kill and enter", 0, 0,
     top_run},
    {"image", IMAGES_USAGE, "root file systems for nodes: make them of something, list, remove", 1,
     3, images_run},
    {"doctor", "", "what this host has and lacks, and the commands that mend it", 0, 0, doctor},
    {"completion", "bash|zsh|fish", "completions for a shell", 1, 1, completion},
    {"help", "[SUB-COMMAND]", "this text, or how a sub-command is used", 0, 1, help},
    {"version", "", "the version", 0, 0, version},
};

const size_t outers_count = ARRAY_SIZE(outers);

const struct outer *outer_find(const char *name)
{
	for (size_t i = 0; i < outers_count; i++)
		if (!strcmp(outers[i].name, name))
			return &outers[i];
	return NULL;
}

const char *outer_nearest(const char *name)
{
	const char *nearest = command_nearest(name);

	/* Most are too short for more than one slip. */
	for (size_t i = 0; !nearest && i < outers_count; i++)
		if (strlen(outers[i].name) > 2 && text_distance(name, outers[i].name) < 2)
			nearest = outers[i].name;
	return nearest;
}
