#include "controller/cli/words.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Moves one quoted word from `*from` to `*to`, and terminates it with a NUL. The word takes at most
 * as many octets in `*to` as in `*from`, and one more for the NUL. Returns the error message, or
 * NULL.
 */
static const char *take_word(const char **from, char **to)
{
	const char *s = *from;
	char *out = *to, quote = 0;

	for (; *s && (quote || !is_blank(*s)); s++) {
		bool escapes =
		    *s == '\\' && quote != '\'' && (!quote || (s[1] && strchr("\"\\$`", s[1])));

		if (escapes && !s[1])
			return "a backslash with nothing after it";
		if (escapes)
			*out++ = *++s;
		else if (quote ? *s == quote : *s == '\'' || *s == '"')
			quote = quote ? 0 : *s;
		else
			*out++ = *s;
	}
	if (quote)
		return quote == '"' ? "a \" that is not closed" : "a ' that is not closed";
	if (*s)
		s++;
	*out++ = '\0';
	*from = s;
	*to = out;
	return NULL;
}

static const char *take_plain(const char **from, char **to)
{
	const char *s = *from;
	char *out = *to;

	while (*s && !is_blank(*s))
		*out++ = *s++;
	if (*s)
		s++;
	*out++ = '\0';
	*from = s;
	*to = out;
	return NULL;
}

static int split(const char *line, const char *(*take)(const char **, char **), struct words *words,
		 struct err *err)
{
	size_t len = strlen(line), count = 0;
	autofree char *text = malloc(len + 1);
	/*
	 * A word takes at least one character of the line. Each word except the last also takes a
	 * blank.
	 */
	autofree char **argv = calloc(len / 2 + 2, sizeof(*argv));
	char *to = text;

	if (!text || !argv)
		return err_errno(err, -ENOMEM, "split a line");
	for (;;) {
		const char *wrong;

		while (is_blank(*line))
			line++;
		if (!*line)
			break;
		argv[count++] = to;
		wrong = take(&line, &to);
		if (wrong)
			return err_text(err, -EINVAL, "%s", wrong);
	}
	words->count = count;
	words->argv = steal_ptr(&argv);
	words->text = steal_ptr(&text);
	return 0;
}

int words_split_plain(const char *line, struct words *words, struct err *err)
{
	return split(line, take_plain, words, err);
}

int words_split_quoted(const char *line, struct words *words, struct err *err)
{
	return split(line, take_word, words, err);
}

void words_release(struct words *words)
{
	free(words->argv);
	free(words->text);
	memset(words, 0, sizeof(*words));
}
