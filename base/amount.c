#include "base/amount.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (1ull << 52)

bool amount_count(const char *word, uint64_t most, uint64_t *count)
{
	size_t digits = strspn(word, "0123456789");
	uint64_t value;

	if (!digits || word[digits])
		return false;
	errno = 0;
	value = strtoull(word, NULL, 10);
	if (errno || value > most)
		return false;
	*count = value;
	return true;
}

bool amount_bytes(const char *word, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(word, "0123456789");
	const char *unit =
	    word[digits] ? strchr(units, toupper((unsigned char)word[digits])) : NULL;
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	char number[24];
	uint64_t value;

	if (!digits || digits >= sizeof(number) || (word[digits] && (!unit || word[digits + 1])))
		return false;
	memcpy(number, word, digits);
	number[digits] = '\0';
	if (!amount_count(number, BYTES_MAX >> shift, &value))
		return false;
	*bytes = value << shift;
	return true;
}

bool amount_fraction(const char *word, double *value)
{
	size_t whole = strspn(word, "0123456789"), part;
	uint64_t number;
	double scale = 1;
	char digits[16];

	part = word[whole] == '.' ? strspn(word + whole + 1, "0123456789") : 0;
	if (whole + part == 0 || whole + part >= sizeof(digits) ||
	    word[whole + (word[whole] == '.') + part])
		return false;
	memcpy(digits, word, whole);
	memcpy(digits + whole, word + whole + 1, part);
	digits[whole + part] = '\0';
	for (size_t i = 0; i < part; i++)
		scale *= 10;
	if (!amount_count(digits, BYTES_MAX, &number))
		return false;
	*value = (double)number / scale;
	return true;
}
