#include "controller/cli/outer.h"

#include "base/cleanup.h"
#include "controller/cli/command.h"
#include "controller/cli/limits.h"
#include "controller/cli/options.h"
#include "controller/cli/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 3 /* how many arguments of a sub-command the shell completes */

/*
 * For the shell's code: arguments of `bonsai`, and a pipe that cuts the names or ids out of the
 * JSON that `bonsai` prints.
 */
#define TREES                                                                                      \
	"--json ls 2>/dev/null | grep -o '\"tree\":\"[^\"]*\"' | cut -d'\"' -f4 | grep -v ^tree-"
#define NODES "--json ps 2>/dev/null | grep -o '\"node\":[0-9]*' | cut -d: -f2"
#define IMAGES "--json image ls 2>/dev/null | grep -o '\"image\":\"[^\"]*\"' | cut -d'\"' -f4"

/* A sub-command of either table (outer.h, command.h). */
struct sub {
	const char *name, *help;
	const struct flags *flags;
	const char *const *keywords;
	size_t keyword_at;
	bool about_node, about_names; /* the first argument is a node; or a sub-command */
	bool makes; /* the sub-command makes a tree, and takes the options for a new tree */
};

static bool get_sub(size_t i, struct sub *sub)
{
	const struct command *command;

	if (i < outers_count) {
		*sub = (struct sub){.name = outers[i].name,
				    .help = outers[i].help,
				    .flags = outers[i].flags,
				    .keywords = outers[i].keywords,
				    .keyword_at = 1,
				    .about_names = !strcmp(outers[i].name, "help"),
				    .makes = !strcmp(outers[i].name, "up")};
		return true;
	}
	i -= outers_count;
	if (i >= commands_count)
		return false;
	command = &commands[i];
	*sub =
	    (struct sub){.name = command->where == REPL ? NULL : command->name,
			 .help = command->help,
			 .flags = command->flags,
			 .keywords = command->keywords,
			 .keyword_at = command->keyword_at,
			 /* The ids that `create` takes belong to no node yet. */
			 .about_node = command->run != verb_create && strstr(command->usage, "ID")};
	return true;
}

/* Loops over the sub-commands that are available on the command line. */
#define EACH_SUB(sub)                                                                              \
	for (size_t sub##_at = 0; get_sub(sub##_at, &(sub)); sub##_at++)                           \
		if ((sub).name)

static void add_names(struct out *out)
{
	struct sub sub;

	EACH_SUB(sub)
	out_add(out, " %s", sub.name);
}

/*
 * Adds the words that can stand as argument `at` of the sub-command. `nodes` and `images` are
 * pieces of shell code: the shell runs them to get the ids of the nodes and the names of the
 * images.
 */
static void add_arguments(struct out *out, const struct sub *sub, size_t at, const char *nodes,
			  const char *images)
{
	if (at == 1 && sub->about_node)
		out_add(out, " %s", nodes);
	if (at == 1 && sub->about_names)
		add_names(out);
	if (at == 2 && !strcmp(sub->name, "image"))
		out_add(out, " %s", images);
	for (size_t i = 0; sub->keywords && at == sub->keyword_at && sub->keywords[i]; i++)
		out_add(out, " %s", sub->keywords[i]);
}

/* True if add_arguments has words for argument `at`. */
static bool has_arguments(const struct sub *sub, size_t at)
{
	struct out some = {0};
	bool has;

	add_arguments(&some, sub, at, "-", "-");
	has = some.len > 0;
	out_release(&some);
	return has;
}

/*
 * Adds a command's short and long options, each after `before`. With `argument`, adds only the
 * options that take an argument.
 */
static void add_flags(struct out *out, const struct flags *flags, const char *before, bool argument)
{
	for (const char *letter = flags ? flags->brief : ""; *letter; letter++)
		if (isalpha((unsigned char)*letter) && (!argument || letter[1] == ':'))
			out_add(out, "%s-%c", before, *letter);
	for (const struct option *full = flags ? flags->full : NULL; full && full->name; full++)
		if (!argument || full->has_arg == required_argument)
			out_add(out, "%s--%s", before, full->name);
}

static void add_options(struct out *out, bool made)
{
	for (size_t i = 0; i < told_options_count; i++) {
		if (told_options[i].made && !made)
			continue;
		out_add(out, " %s", told_options[i].name);
		if (told_options[i].letter)
			out_add(out, " -%c", told_options[i].letter);
	}
}

/*
 * Adds all options that take an argument as a pattern for the shell's `case`, separated by
 * `before`. The shell must know them: the word after such an option is not an argument of the
 * sub-command.
 */
static void add_taking(struct out *out, const char *before)
{
	struct sub sub;

	out_add(out, "--tree");
	for (size_t i = 0; i < told_options_count; i++)
		if (told_options[i].argument && strcmp(told_options[i].name, "--tree"))
			out_add(out, "%s%s", before, told_options[i].name);
	EACH_SUB(sub)
	if (sub.flags != &limits_flags)
		add_flags(out, sub.flags, before, true);
}

static void add_values(struct out *out, const struct told_option *option)
{
	for (size_t i = 0; option->values[i]; i++)
		out_add(out, " %s", option->values[i]);
}

/* --- bash --- */

static void write_bash_subs(struct out *out)
{
	struct sub sub;

	EACH_SUB(sub)
	{
		out_add(out, "\t%s)\n\t\town='", sub.name);
		add_flags(out, sub.flags, " ", false);
		add_options(out, sub.makes);
		out_add(out, "'\n");
		for (size_t at = 1; at <= ARGUMENTS_MAX; at++) {
			if (!has_arguments(&sub, at))
				continue;
			out_add(out, "\t\tif ((n == %zu)); then words=\"", at - 1);
			add_arguments(out, &sub, at,
				      "$(bonsai ${tree:+--tree \"$tree\"} " NODES ")",
				      "$(bonsai " IMAGES ")");
			out_add(out, "\"; fi\n");
		}
		out_add(out, "\t\t;;\n");
	}
}

static void write_bash(struct out *out)
{
	out_add(out, "# bash completion for bonsai(1)\n"
		     "_bonsai()\n{\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		     "\tlocal i n=0 word sub= tree= words= own=\n\n"
		     "\tCOMPREPLY=()\n"
		     "\t# With \"=\" among the word breaks, --backend=x is three words.\n"
		     "\tif [[ $prev == = ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
		     "\telif [[ $cur == = ]]; then\n\t\tcur=\n\tfi\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		     "\t\tcase ${COMP_WORDS[i]} in\n"
		     "\t\t--) return ;; # what follows is a program's\n\t\t");
	add_taking(out, "|");
	out_add(out, ")\n"
		     "\t\t\tword=${COMP_WORDS[i]}\n"
		     "\t\t\tif [[ ${COMP_WORDS[i+1]} == = ]]; then ((i++)); fi\n"
		     "\t\t\tif [[ $word == --tree ]]; then tree=${COMP_WORDS[i+1]}; fi\n"
		     "\t\t\t((i++))\n"
		     "\t\t\twhile [[ ${COMP_WORDS[i+1]} == = ]]; do ((i += 2)); done ;;\n"
		     "\t\t-*) ;;\n"
		     "\t\t*) if [[ $sub ]]; then ((n++)); else sub=${COMP_WORDS[i]}; fi ;;\n"
		     "\t\tesac\n\tdone\n"
		     "\tcase $prev in\n"
		     "\t--tree) COMPREPLY=($(compgen -W \"$(bonsai " TREES
		     ")\" -- \"$cur\")); return ;;\n"
		     "\t--image) COMPREPLY=($(compgen -W \"host $(bonsai " IMAGES
		     ")\" -- \"$cur\")); return ;;\n");
	for (size_t i = 0; i < told_options_count; i++) {
		if (!told_options[i].values)
			continue;
		out_add(out, "\t%s) COMPREPLY=($(compgen -W '", told_options[i].name);
		add_values(out, &told_options[i]);
		out_add(out, "' -- \"$cur\")); return ;;\n");
	}
	out_add(out, "\t");
	add_taking(out, "|");
	out_add(out, ") return ;;\n\tesac\n\tcase $sub in\n\t'')\n\t\town='");
	add_options(out, true);
	out_add(out, "'\n\t\twords='");
	add_names(out);
	out_add(out, "' ;;\n");
	write_bash_subs(out);
	out_add(out,
		"\tesac\n"
		"\tif [[ $cur == -* ]]; then words+=\" $own\"; fi\n"
		"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		"\tif [[ $sub == image && $n == 2 ]]; then compopt -o default 2>/dev/null; fi\n"
		"}\ncomplete -F _bonsai bonsai\n");
}

/* --- zsh --- */

static void add_zsh_option(struct out *out, const struct told_option *option)
{
	if (option->letter)
		out_add(out, " '-%c[%s]'", option->letter, option->help);
	out_add(out, " '%s%s[%s]", option->name, option->argument ? "=" : "", option->help);
	if (option->argument)
		out_add(out, ":%s:", option->argument);
	if (!strcmp(option->name, "--tree"))
		out_add(out, " _bonsai_trees");
	if (!strcmp(option->name, "--image"))
		out_add(out, " _bonsai_images");
	if (option->values) {
		out_add(out, "(");
		add_values(out, option);
		out_add(out, ")");
	}
	out_add(out, "'");
}

static void add_zsh_options(struct out *out, const char *name, bool made)
{
	out_add(out, "\tlocal -a %s=(", name);
	for (size_t i = 0; i < told_options_count; i++)
		if (told_options[i].made == made)
			add_zsh_option(out, &told_options[i]);
	out_add(out, ")\n");
}

static void add_zsh_flags(struct out *out, const struct flags *flags)
{
	for (const char *letter = flags ? flags->brief : ""; *letter; letter++)
		if (isalpha((unsigned char)*letter))
			out_add(out, letter[1] == ':' ? " '*-%c+:value:'" : " '-%c'", *letter);
	for (const struct option *full = flags ? flags->full : NULL; full && full->name; full++)
		out_add(out, full->has_arg == required_argument ? " '*--%s=:value:'" : " '--%s'",
			full->name);
}

static void write_zsh_subs(struct out *out)
{
	struct sub sub;

	EACH_SUB(sub)
	{
		out_add(out, "\t%s) _arguments -S $usual%s", sub.name, sub.makes ? " $made" : "");
		add_zsh_flags(out, sub.flags);
		for (size_t at = 1; at <= ARGUMENTS_MAX; at++) {
			struct out words = {0};

			if (!has_arguments(&sub, at))
				continue;
			/*
			 * zsh allows only one action for an argument. So pass the other words to
			 * _bonsai_nodes, which adds them to the nodes.
			 */
			add_arguments(&words, &sub, at, "", "");
			if (at == 1 && sub.about_node)
				out_add(out, " '1:node: _bonsai_nodes%.*s'", (int)words.len,
					words.len > 1 ? words.data : "");
			else if (at == 2 && !strcmp(sub.name, "image"))
				out_add(out, " '2:image: _bonsai_images'");
			else
				out_add(out, " '%zu:word:(%.*s)'", at, (int)words.len, words.data);
			out_release(&words);
		}
		out_add(out, strcmp(sub.name, "image") ? " '*:argument: true' ;;\n"
						       : " '*:source:_files' ;;\n");
	}
}

static void write_zsh(struct out *out)
{
	struct sub sub;

	out_add(out, "#compdef bonsai\n"
		     "_bonsai_trees() { compadd -- $(bonsai " TREES ") }\n"
		     "_bonsai_images() { compadd -- host $(bonsai " IMAGES ") }\n"
		     "_bonsai_nodes() { compadd -- $@ $(bonsai ${tree:+--tree=$tree} " NODES ") }\n"
		     "_bonsai() {\n\tlocal curcontext=$curcontext state line tree\n\tlocal -i i\n"
		     "\ttypeset -A opt_args\n");
	add_zsh_options(out, "usual", false);
	add_zsh_options(out, "made", true);
	out_add(out, "\tfor ((i = 2; i < CURRENT; i++)); do\n"
		     "\t\tcase $words[i] in\n"
		     "\t\t--tree) tree=$words[++i] ;;\n"
		     "\t\t--tree=*) tree=${words[i]#*=} ;;\n\t\t");
	add_taking(out, "|");
	out_add(out, ") ((i++)) ;;\n"
		     "\t\t-*) ;;\n"
		     "\t\t*) break ;;\n"
		     "\t\tesac\n\tdone\n"
		     "\tif ((i >= CURRENT)); then\n"
		     "\t\t_arguments -S $usual $made '1:sub-command:((");
	EACH_SUB(sub)
	out_add(out, " %s\\:\"%s\"", sub.name, sub.help);
	out_add(out, "))'\n\t\treturn\n\tfi\n"
		     "\tshift i-1 words\n\t((CURRENT -= i - 1))\n"
		     "\tcase $words[1] in\n");
	write_zsh_subs(out);
	out_add(out, "\tesac\n}\n"
		     "if [[ $funcstack[1] == _bonsai ]]; then _bonsai \"$@\"; else compdef _bonsai "
		     "bonsai; fi\n");
}

/* --- fish --- */

static void write_fish_sub(struct out *out, const struct sub *sub)
{
	out_add(out, "complete -c bonsai -n __bonsai_none -a %s -d '%s'\n", sub->name, sub->help);
	for (size_t at = 1; at <= ARGUMENTS_MAX; at++) {
		if (!has_arguments(sub, at))
			continue;
		out_add(out, "complete -c bonsai -n '__bonsai_at %s %zu' -a '", sub->name, at);
		add_arguments(out, sub, at, "(__bonsai_nodes)", "(__bonsai_images)");
		out_add(out, "'\n");
	}
	for (const char *letter = sub->flags ? sub->flags->brief : ""; *letter; letter++)
		if (isalpha((unsigned char)*letter))
			out_add(out, "complete -c bonsai -n '__bonsai_in %s' -s %c%s\n", sub->name,
				*letter, letter[1] == ':' ? " -x" : "");
	for (const struct option *full = sub->flags ? sub->flags->full : NULL; full && full->name;
	     full++)
		out_add(out, "complete -c bonsai -n '__bonsai_in %s' -l %s%s\n", sub->name,
			full->name, full->has_arg == required_argument ? " -x" : "");
}

static void write_fish_option(struct out *out, const struct told_option *option)
{
	out_add(out, "complete -c bonsai%s -l %s",
		option->made ? " -n '__bonsai_none; or __bonsai_in up'" : "", option->name + 2);
	if (option->letter)
		out_add(out, " -s %c", option->letter);
	if (option->argument)
		out_add(out, " -x");
	if (!strcmp(option->name, "--tree"))
		out_add(out, " -a '(__bonsai_trees)'");
	if (!strcmp(option->name, "--image"))
		out_add(out, " -a 'host (__bonsai_images)'");
	if (option->values) {
		out_add(out, " -a '");
		add_values(out, option);
		out_add(out, "'");
	}
	out_add(out, " -d '%s'\n", option->help);
}

static void write_fish(struct out *out)
{
	struct sub sub;

	out_add(out, "# fish completion for bonsai(1)\n"
		     "# The words before the cursor that are no options and none of theirs.\n"
		     "function __bonsai_words\n\tset -l skip\n"
		     "\tfor word in (commandline -opc)[2..]\n"
		     "\t\tif set -q skip[1]\n\t\t\tset -e skip[1]\n\t\t\tcontinue\n\t\tend\n"
		     "\t\tswitch $word\n\t\tcase ");
	add_taking(out, " ");
	out_add(out, "\n\t\t\tset skip 1\n"
		     "\t\tcase --\n\t\t\techo -- --\n\t\t\treturn\n"
		     "\t\tcase '-*'\n\t\tcase '*'\n\t\t\techo $word\n\t\tend\n\tend\nend\n"
		     "function __bonsai_none\n\ttest (count (__bonsai_words)) -eq 0\nend\n"
		     "function __bonsai_in\n\tset -l words (__bonsai_words)\n"
		     "\ttest \"$words[1]\" = $argv[1]; and not contains -- -- $words\nend\n"
		     "# At that argument of it.\n"
		     "function __bonsai_at\n\t__bonsai_in $argv[1]; "
		     "and test (count (__bonsai_words)) -eq $argv[2]\nend\n"
		     "function __bonsai_trees\n\tbonsai " TREES "\nend\n"
		     "function __bonsai_images\n\tbonsai " IMAGES "\nend\n"
		     "function __bonsai_nodes\n"
		     "\tset -l tree (string match -rg -- '--tree[= ](\\S+)' (commandline -p))\n"
		     "\tbonsai --tree=$tree " NODES "\nend\n"
		     "complete -c bonsai -f\n");
	for (size_t i = 0; i < told_options_count; i++)
		write_fish_option(out, &told_options[i]);
	EACH_SUB(sub)
	write_fish_sub(out, &sub);
	out_add(out, "complete -c bonsai -n '__bonsai_at image 3' -F\n");
}

static void (*const writers[])(struct out *out) = {write_bash, write_zsh, write_fish};
const char *const outer_shells[] = {"bash", "zsh", "fish", NULL};

int outer_completion(const struct session_options *options, char *const *args, size_t count)
{
	struct nearest nearest = {.typed = args[0]};
	struct out out = {0};

	(void)options;
	(void)count;
	for (size_t i = 0; outer_shells[i]; i++) {
		if (strcmp(outer_shells[i], args[0]))
			continue;
		writers[i](&out);
		return session_print(&out);
	}
	for (size_t i = 0; outer_shells[i]; i++)
		text_consider(&nearest, outer_shells[i]);
	return session_refuse_word("no shell that is known, bash, zsh or fish", args[0],
				   nearest.word);
}
