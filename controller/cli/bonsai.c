/*
 * bonsai: grows a tree of sandboxed nodes. With a sub-command, bonsai runs that sub-command and
 * exits. Without a sub-command, bonsai reads commands from a terminal or a script until the end of
 * the input. bonsai uses the tree that --tree or BONSAI_TREE names, or the tree with the default
 * name. If that tree is not up, bonsai starts a tree of its own.
 */
#include "base/cleanup.h"
#include "controller/cli/command.h"
#include "controller/cli/input.h"
#include "controller/cli/limit_kinds.h"
#include "controller/cli/line.h"
#include "controller/cli/options.h"
#include "controller/cli/outer.h"
#include "controller/cli/session.h"
#include "controller/cli/text.h"
#include "controller/cli/trees.h"
#include "images/store.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define BEAT_MIN_MS 10
#define BEAT_MAX_MS 3600000
#define ALL_MAX 40 /* room for the options of bonsai and those of one command */

/*
 * Options without a short form. Their values are above all letters, since letters are the short
 * options of bonsai and of the commands.
 */
enum {
	TREE = 256,
	BACKEND,
	HEARTBEAT,
	ON_CRASH,
	IMAGE,
	TIMEOUT,
	JSON,
	NO_COLOR,
	HELP,
	VERSION,
	CAP_ADD,
	UID_RANGE,
	SECCOMP,
	LIMIT
};

static const struct option long_options[] = {
    {"tree", required_argument, NULL, TREE},
    {"backend", required_argument, NULL, BACKEND},
    {"heartbeat", required_argument, NULL, HEARTBEAT},
    {"on-crash", required_argument, NULL, ON_CRASH},
    {"image", required_argument, NULL, IMAGE},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"json", no_argument, NULL, JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"no-color", no_argument, NULL, NO_COLOR},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {"cap-add", required_argument, NULL, CAP_ADD},
    {"uid-range", required_argument, NULL, UID_RANGE},
    {"seccomp", required_argument, NULL, SECCOMP},
    /*
     * If a command has limit options itself, those replace these options of bonsai: see
     * add_options.
     */
    LIMIT_OPTIONS(LIMIT),
    {NULL, 0, NULL, 0},
};

static int usage_error(const char *what, const char *word)
{
	return session_refuse_word(what, word, NULL);
}

/* Reports an option that neither bonsai nor the command has. Returns the exit status. */
static int unknown_option(const char *what, const char *word, const struct option *all)
{
	const char *nearest = flags_nearest(all, word);
	char shown[TEXT_WORD_MAX + 3];

	snprintf(shown, sizeof(shown), "--%s", nearest ? nearest : "");
	return session_refuse_word(what, word, nearest ? shown : NULL);
}

/*
 * Looks for `word` among `words`. If found, sets *taken and returns -1. Otherwise reports the wrong
 * word and returns STATUS_USAGE.
 */
static int take_word(const char *word, const char *const *words, const char *what,
		     const char **taken)
{
	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(words[i], word)) {
			*taken = words[i];
			return -1;
		}
	}
	return usage_error(what, word);
}

static int take_tree(struct session_options *options, const char *word)
{
	struct rundir_tree tree = {.state = RUNDIR_FREE};

	/*
	 * A tree that bonsai started for a session of its own has no name. The operator joins such
	 * a tree by the name of its folder, so accept that name too.
	 */
	if (!rundir_is_name(word) && !strchr(word, '/'))
		rundir_find(word, &tree);
	if (!rundir_is_name(word) && tree.state == RUNDIR_FREE)
		return usage_error("no name for a tree, which is " RUNDIR_NAME_RULE, word);
	options->tree = word;
	return -1;
}

static int take_limit(struct session_options *options, int kind, const char *word)
{
	json_t *value = limit_kinds[kind].read(word);

	json_decref(value);
	options->limits[kind] = word;
	return value ? -1 : usage_error(limit_kinds[kind].wrong, word);
}

static int take_number(const char *word, uint64_t least, uint64_t most, const char *what,
		       uint64_t *number)
{
	if (text_number(word, most, number) && *number >= least)
		return -1;
	return usage_error(what, word);
}

/*
 * Handles one option. `topic` is the sub-command that --help describes. Returns -1 if bonsai shall
 * go on, otherwise the status with which bonsai exits.
 */
static int take_option(const char *topic, struct session_options *options, int option,
		       const char *word)
{
	uint64_t number = 0;
	int status = -1;

	switch (option) {
	case LIMIT ... LIMIT + LIMIT_WORDS - 1:
		return take_limit(options, option - LIMIT, optarg);
	case SECCOMP:
		options->seccomp = optarg;
		return -1;
	case UID_RANGE:
		options->uid_range = optarg;
		return -1;
	case CAP_ADD:
		options->cap_add = optarg;
		return -1;
	case HELP:
	case 'h':
		return outer_help(topic);
	case VERSION:
		return outer_version(options->json);
	case TREE:
		return take_tree(options, optarg);
	case BACKEND:
		return take_word(optarg, option_backends, "unknown backend, not ns, lxc or process",
				 &options->backend);
	case HEARTBEAT:
		status = take_number(optarg, BEAT_MIN_MS, BEAT_MAX_MS,
				     "no heartbeat, 10 to 3600000 milliseconds", &number);
		options->beat_ms = (int)number;
		return status;
	case TIMEOUT:
		status =
		    take_number(optarg, 1, OPTION_TIMEOUT_MAX_S, OPTION_TIMEOUT_WRONG, &number);
		options->timeout_s = (unsigned int)number;
		return status;
	case ON_CRASH:
		return take_word(optarg, option_policies,
				 "nothing to do on a crash, not preserve, destroy or restart",
				 &options->on_crash);
	case IMAGE:
		options->image = optarg;
		return store_is_name(optarg) ? -1 : usage_error("no name of an image", optarg);
	case JSON:
		options->json = true;
		return -1;
	case 'q':
		options->quiet = true;
		return -1;
	case NO_COLOR:
		options->no_color = true;
		return -1;
	default: /* getopt_long(3) returned ':': the option's argument is missing */
		return usage_error("option needs an argument", word);
	}
}

/* True if `option` is one of the command's own options, not one of bonsai's. */
static bool is_own(const struct flags *own, int option)
{
	for (const struct option *full = own ? own->full : NULL; full && full->name; full++)
		if (full->val == option)
			return true;
	if (own && option == FLAGS_WORD)
		return true;
	return own && option < TREE && option != ':' && option != '?' && strchr(own->brief, option);
}

static bool is_among(const struct flags *own, const char *name)
{
	for (const struct option *full = own ? own->full : NULL; full && full->name; full++)
		if (!strcmp(full->name, name))
			return true;
	return false;
}

/* Makes the tables for getopt_long(3), of bonsai's options and of those of a command. */
static void add_options(const struct flags *own, struct option all[ALL_MAX], char brief[ALL_MAX])
{
	size_t count = 0;

	snprintf(brief, ALL_MAX, "%s:qh%s", own ? "-" : "+", own ? own->brief : "");
	for (; own && own->full[count].name; count++)
		all[count] = own->full[count];
	for (const struct option *next = long_options; next == long_options || next[-1].name;
	     next++)
		if (!next->name || !is_among(own, next->name))
			all[count++] = *next;
}

/*
 * Handles bonsai's options after argv[*at], up to the first word that is no option, and sets *at to
 * that word. If the command has own options, options may stand anywhere before a "--". The "--" and
 * the command's own options stay in `argv` for the command.
 */
static int take_options(int *argc, char **argv, int *at, const char *topic, const struct flags *own,
			struct session_options *options)
{
	int count = *argc - *at, kept = 1, before = 1, option, status = -1;
	char **words = argv + *at, brief[ALL_MAX];
	struct option all[ALL_MAX];
	bool mine = false, after_words = false;
	char letter[3];
	const char *word;

	add_options(own, all, brief);
	opterr = 0;
	optind = 0; /* 0: getopt_long(3) forgets the previous array */
	while (status < 0 && (option = getopt_long(count, words, brief, all, NULL)) != -1) {
		word = flags_bad_word(words, letter);
		if (is_own(own, option))
			mine = true;
		else if (option == '?')
			status = unknown_option(flags_unknown(own, after_words), word, all);
		else
			status = take_option(topic, options, option, word);
		after_words |= option == FLAGS_WORD;
		if (before == optind)
			continue; /* more short options follow in the same word */
		for (; before < optind; before++)
			if (mine)
				words[kept++] = words[before];
		mine = false;
	}
	for (before = own ? before : optind; before < count; before++)
		words[kept++] = words[before];
	*argc = *at + kept;
	*at += 1;
	return status;
}

/*
 * If bonsai was started with a standard descriptor closed, the lifeline or a socket must not get
 * the number of that descriptor.
 */
static int open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static void read_commands(struct session *session)
{
	struct input input;
	struct repl repl = {session, &input};
	struct err err = {0};
	const char *line;

	if (input_open(&input, session, command_complete, &err)) {
		fprintf(stderr, "Error: %s\n", err.text);
		session->end = SESSION_EXIT;
		return;
	}
	while (!session->end && input_line(&input, NULL, &line)) {
		line_execute(&repl, line);
		session_flush(session);
	}
	if (!session->end)
		session->end = SESSION_EXIT;
	input_close(&input);
}

static int open_session(struct session *session, const struct session_options *options)
{
	struct err err = {0};

	if (!session_open(session, options, &err))
		return -1;
	if (session->end == SESSION_SIGNALLED)
		return 128 + session->signal;
	fprintf(stderr, "Error: %s\n", err.text);
	return STATUS_NOT_REACHED;
}

static bool has_limits(const struct session_options *options)
{
	for (size_t i = 0; i < LIMIT_WORDS; i++)
		if (options->limits[i])
			return true;
	return false;
}

/* True if the operator gave an option that only a new tree can use. */
static bool has_making(const struct session_options *options)
{
	return options->backend || options->image || options->beat_ms || options->on_crash ||
	       options->cap_add || options->uid_range || options->seccomp || has_limits(options);
}

#define FOR_MAKING                                                                                 \
	"--backend, --image, --heartbeat, --on-crash, --uid-range, --seccomp, --cap-add and "      \
	"limits are "                                                                              \
	"for a tree that is made"

static int read_session(const struct session_options *options)
{
	struct session session;
	int status = open_session(&session, options);

	if (status >= 0)
		return status;
	if (session.joined && has_making(options)) {
		usage_error(FOR_MAKING ", and this one is up already", session_tree(options));
		session_close(&session);
		return STATUS_USAGE;
	}
	if (session.interactive && options->quiet)
		; /* no greeting */
	else if (session.joined && session.interactive)
		out_line(&session.out, "In the tree %s, which is up and stays when you exit.",
			 session_tree(options));
	else if (session.interactive)
		out_line(&session.out,
			 "A tree of its own, which goes when you exit; menu lists the commands.");
	read_commands(&session);
	return session_close(&session);
}

static int run_one(const struct session_options *options, const struct command *command,
		   char *const *args, size_t count)
{
	struct session session;
	struct repl repl = {&session, NULL};
	int status;

	/* Report wrong arguments before looking for a controller. */
	for (size_t i = 0; command->run != verb_enter && i < count; i++)
		if (!text_is_utf8(args[i], strlen(args[i])))
			return usage_error("not valid UTF-8", args[i]);
	if (count < command->min || count > command->max) {
		fprintf(stderr, "Error: usage: bonsai %s%s%s\n", command->name,
			*command->usage ? " " : "", command->usage);
		return STATUS_USAGE;
	}
	status = open_session(&session, options);
	if (status >= 0)
		return status;
	command_carry_out(&repl, command, args, count);
	session_flush(&session);
	if (!session.end)
		session.end = SESSION_EXIT;
	return session_close(&session);
}

static int unknown(const char *name, const struct command *command)
{
	if (command)
		return usage_error("only for lines of the input", name);
	return session_refuse_word("unknown sub-command", name, outer_nearest(name));
}

/* Checks options of which one restricts the other. */
static int check_options(const struct session_options *options)
{
	const char *backend = session_backend(options);

	/*
	 * take_word has already checked a backend from --backend. Check a backend from
	 * BONSAI_BACKEND.
	 */
	if (backend && backend != options->backend &&
	    take_word(backend, option_backends,
		      "BONSAI_BACKEND is no backend, not ns, lxc or process", &backend) >= 0)
		return STATUS_USAGE;
	if (options->image && strcmp(options->image, STORE_HOST) && backend &&
	    !strcmp(backend, "process"))
		return usage_error("an image needs the ns or the lxc backend", options->image);
	return -1;
}

/* Runs a sub-command that parses all its options itself. */
static int run_whole(const struct outer *outer, const struct session_options *options,
		     char *const *args, size_t count)
{
	int status;

	if (has_making(options))
		return usage_error(FOR_MAKING ", not for", outer->name);
	status = outer->run(options, args, count);
	return status < 0 ? outer_help(outer->name) : status;
}

/* Runs a sub-command; options may stand before its name and right after it. */
static int run_words(int argc, char **argv, int at, struct session_options *options)
{
	const char *name = argv[at];
	const struct command *command = command_find(name);
	const struct outer *outer = outer_find(name);
	int status;
	size_t count;

	if (outer && outer->flags)
		return run_whole(outer, options, argv + at + 1, (size_t)(argc - at - 1));
	/*
	 * take_options does not look at argv[at]: from here on that word is the sub-command's name.
	 */
	status = take_options(&argc, argv, &at, name, command ? command->flags : NULL, options);

	/* A sub-command of two words, as `image ls`, takes options after each word. */
	if (status < 0 && outer && outer->keywords && at < argc) {
		status = take_options(&argc, argv, &at, name, NULL, options);
		at--;
	}
	count = (size_t)(argc - at);
	if (status < 0)
		status = check_options(options);
	if (status >= 0)
		return status;
	if (!outer && (!command || command->where == REPL))
		return unknown(name, command);
	if (strcmp(name, "up") && has_making(options))
		return usage_error(FOR_MAKING ", not for", name);
	if (!outer)
		return run_one(options, command, argv + at, count);
	if (count > outer->max)
		return usage_error(outer->run == trees_up || outer->run == trees_down
				       ? "surplus argument (a tree is named by --tree)"
				       : "surplus argument",
				   argv[at + outer->max]);
	if (count < outer->min)
		return usage_error("argument missing", outer->usage);
	return outer->run(options, argv + at, count);
}

int main(int argc, char **argv)
{
	struct session_options options = {0};
	int at = 0,
	    status = open_standard_fds() ? 1 : take_options(&argc, argv, &at, NULL, NULL, &options);

	if (status >= 0)
		return status;
	if (!options.tree && !rundir_is_name(session_tree(&options)))
		return usage_error("BONSAI_TREE is no name for a tree, which is " RUNDIR_NAME_RULE,
				   session_tree(&options));
	options.one_shot = at < argc;
	status = check_options(&options);
	if (status >= 0)
		return status;
	return options.one_shot ? run_words(argc, argv, at, &options) : read_session(&options);
}
