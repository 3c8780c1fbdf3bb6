#include "controller/cli/text.h"

#include <string.h>

#define NEAR 2 /* a word with more wrong letters is no misspelling */

/*
 * Returns the length of the UTF-8 character at `s`, where `left` octets are readable; 0: the octets
 * are not UTF-8.
 */
static size_t utf8_char(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t smallest;
	} forms[] = {
	    {0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	size_t form, i;
	uint32_t code;

	for (form = 0; form < 4 && (s[0] & forms[form].mask) != forms[form].lead; form++)
		;
	if (form == 4 || form + 1 > left)
		return 0;
	code = s[0] & (unsigned char)~forms[form].mask;
	for (i = 1; i <= form; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < forms[form].smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return form + 1;
}

bool text_is_utf8(const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;
	size_t n;

	for (; len; s += n, len -= n) {
		n = utf8_char(s, len);
		if (!n)
			return false;
	}
	return true;
}

void text_printable(char *dst, size_t size, const char *src)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t left = strlen(src), len = 0, fits = 0, n;

	for (; left; s += n, left -= n) {
		n = utf8_char(s, left);
		bool control = n == 0 || s[0] < 0x20 || s[0] == 0x7f ||
			       (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);

		if (!n)
			n = 1;
		if (len + n + 1 > size) {
			memcpy(dst + fits, "...", 4);
			return;
		}
		if (control)
			dst[len++] = '?';
		else
			memcpy(dst + len, s, n), len += n;
		if (len + 4 <= size)
			fits = len;
	}
	dst[len] = '\0';
}

bool text_number(const char *word, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;

	if (!*word)
		return false;
	for (; *word; word++) {
		unsigned int digit = (unsigned char)*word - '0';

		if (digit > 9 || digit > max || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*value = number;
	return true;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * Returns how many letters must be inserted, dropped, changed or swapped with a neighbor to turn
 * `b` into `a`. Returns TEXT_WORD_MAX if `a` or `b` is longer than TEXT_WORD_MAX.
 */
static size_t distance_of(const char *a, const char *b)
{
	size_t rows[TEXT_WORD_MAX + 1][TEXT_WORD_MAX + 1];
	size_t la = strnlen(a, TEXT_WORD_MAX + 1), lb = strnlen(b, TEXT_WORD_MAX + 1);

	if (la > TEXT_WORD_MAX || lb > TEXT_WORD_MAX)
		return TEXT_WORD_MAX;
	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			if (!i || !j) {
				rows[i][j] = i + j;
				continue;
			}
			rows[i][j] = min3(rows[i - 1][j] + 1, rows[i][j - 1] + 1,
					  rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    rows[i - 2][j - 2] + 1 < rows[i][j])
				rows[i][j] = rows[i - 2][j - 2] + 1;
		}
	}
	return rows[la][lb];
}

void text_consider(struct nearest *nearest, const char *word)
{
	size_t distance = distance_of(nearest->typed, word);
	/*
	 * Fewer than half of the letters may be wrong. In shorter words, one letter may be wrong if
	 * the first letter is right. Without this rule any short word would be near.
	 */
	bool near = 2 * distance < strlen(word) || (distance == 1 && *nearest->typed == *word);

	if (distance > NEAR || !near || (nearest->word && distance >= nearest->distance))
		return;
	nearest->word = word;
	nearest->distance = distance;
}

static bool is_among(const char *typed, const char *words)
{
	size_t len = strlen(typed);
	const char *at = len ? words : NULL;

	for (; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (!strncmp(at, typed, len) && (!at[len] || at[len] == ' '))
			return true;
	}
	return false;
}

void text_consider_like(struct nearest *nearest, const char *word, const char *like)
{
	if (like && is_among(nearest->typed, like))
		*nearest = (struct nearest){.typed = nearest->typed, .word = word};
	else
		text_consider(nearest, word);
}
