/*
 * Functions for text from other people or processes: check for UTF-8, read a number, find the known
 * word nearest to a typed one, make text safe to show on a terminal. Pure, no state.
 */
#ifndef BONSAI_CLI_TEXT_H
#define BONSAI_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_WORD_MAX 24 /* the longest word that text_consider compares */

/* True if the octets are UTF-8: shortest forms only, no surrogates, at most U+10FFFF. */
bool text_is_utf8(const char *data, size_t len);

/*
 * Copies `src` into dst[size], each control character as '?'. Text that does not fit is cut between
 * characters and ends in "...". `size` must be at least 8.
 */
void text_printable(char *dst, size_t size, const char *src);

/* If `word` has only decimal digits and is at most `max`, sets `value` and returns true. */
bool text_number(const char *word, uint64_t max, uint64_t *value);

/*
 * Finds the known word of which `typed` may be a misspelling. The caller passes all known words to
 * text_consider, one by one.
 */
struct nearest {
	const char *typed;
	const char *word; /* the nearest word so far; NULL: none is near */
	size_t distance;
};

void text_consider(struct nearest *nearest, const char *word);

/*
 * The same as text_consider. In addition, `like` holds other programs' names for `word`, separated
 * by blanks: if `typed` is one of these names, `word` becomes the nearest word. `like` may be NULL.
 */
void text_consider_like(struct nearest *nearest, const char *word, const char *like);

#endif
