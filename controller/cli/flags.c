#include "controller/cli/flags.h"

#include "base/cleanup.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

bool flags_complain(struct session *session, const char *what, const char *word)
{
	session_misuse_word(session, what, word);
	return false;
}

const char *flags_bad_word(char *const *argv, char brief[3])
{
	/*
	 * Return the text of the option that getopt_long(3) refused. A word may hold several short
	 * options, so return the refused letter alone. For a long option `optopt` is no letter:
	 * return the whole word.
	 */
	if (optopt <= 0 || optopt > CHAR_MAX)
		return argv[optind - 1];
	brief[0] = '-';
	brief[1] = (char)optopt;
	brief[2] = '\0';
	return brief;
}

const char *flags_nearest(const struct option *full, const char *word)
{
	char typed[TEXT_WORD_MAX + 2];
	struct nearest nearest = {.typed = typed};

	if (strncmp(word, "--", 2))
		return NULL;
	snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (; full->name; full++)
		text_consider(&nearest, full->name);
	return nearest.word;
}

const char *flags_unknown(const struct flags *flags, bool after_words)
{
	return flags && flags->program && after_words
		   ? "unknown option (a program and its options go after --)"
		   : "unknown option";
}

static bool refuse(struct session *session, const struct flags *flags, int flag, char *const *argv,
		   bool after_words)
{
	char brief[3], hint[80];
	const char *word = flags_bad_word(argv, brief), *meant = flags_nearest(flags->full, word);

	if (flag == '?' && meant) {
		text_printable(hint, sizeof(hint), word);
		session_misuse(session, "unknown option: %s; did you mean --%s?", hint, meant);
		return false;
	}
	return flags_complain(
	    session, flag == ':' ? "option needs an argument" : flags_unknown(flags, after_words),
	    word);
}

bool flags_take(struct session *session, const struct flags *flags, char *const *args, size_t count,
		flag_fn *take, void *own, char ***words, size_t *words_count)
{
	/* getopt_long(3) skips argv[0], which is a program's name. */
	autofree char **argv = calloc(count + 2, sizeof(*argv));
	autofree char **kept = calloc(count + 1, sizeof(*kept));
	size_t kept_count = 0;
	int flag, before = 1;
	char brief[32];

	if (!argv || !kept)
		return flags_complain(session, "options", strerror(ENOMEM));
	argv[0] = (char *)"bonsai";
	memcpy(argv + 1, args, count * sizeof(*argv));
	snprintf(brief, sizeof(brief), "-:%s", flags->brief);
	opterr = 0;
	optind = 0; /* 0: getopt_long(3) forgets the previous array */
	while ((flag = getopt_long((int)count + 1, argv, brief, flags->full, NULL)) != -1) {
		if (flag == FLAGS_WORD)
			kept[kept_count++] = optarg;
		else if (flag == ':' || flag == '?')
			return refuse(session, flags, flag, argv, kept_count > 0);
		else if (!take(session, own, flag, optarg))
			return false;
		before = optind;
	}
	/* Keep the words that getopt_long(3) did not read, and the "--" that ended the options. */
	for (; before <= (int)count; before++)
		kept[kept_count++] = argv[before];
	*words = steal_ptr(&kept);
	*words_count = kept_count;
	return true;
}
