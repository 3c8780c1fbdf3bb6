/*
 * Small questions about text that somebody else wrote: is it UTF-8, is it a
 * number, how far is it from a word we know, how does one show it on a terminal
 * without obeying it. Pure functions, no state.
 */
#ifndef BONSAI_CLI_TEXT_H
#define BONSAI_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_WORD_MAX 24 /* longest word text_consider compares */

/* True if the octets are UTF-8: shortest forms only, no surrogates, at most U+10FFFF. */
bool text_is_utf8(const char *data, size_t len);

/*
 * Copies `src` into dst[size], each control character as '?'. What doesn't fit
 * is cut between characters and ends in "...". `size` is at least 8.
 */
void text_printable(char *dst, size_t size, const char *src);

/* True and `value` filled if `word` is decimal digits alone, at most `max`. */
bool text_number(const char *word, uint64_t max, uint64_t *value);

/* Of words that are considered one by one, the one that `typed` may be a slip of. */
struct nearest {
	const char *typed;
	const char *word; /* NULL while none is near */
	size_t distance;
};

void text_consider(struct nearest *nearest, const char *word);

/* Considers `word` also for those that mean it elsewhere, with blanks between them; or NULL. */
void text_consider_like(struct nearest *nearest, const char *word, const char *like);

#endif
