/*
 * Parses amounts as people write them, such as "64M" and "0.5": digits, independent of the locale.
 * Pure functions. If the text is no such amount, a function returns false and leaves its
 * out-parameter untouched.
 */
#ifndef BONSAI_BASE_AMOUNT_H
#define BONSAI_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* A number of bytes, at most 2^52. The suffixes K, M, G and T are powers of 1024. */
bool amount_bytes(const char *word, uint64_t *bytes);

/* A whole number, at most `most`. */
bool amount_count(const char *word, uint64_t most, uint64_t *count);

/* A decimal fraction: digits with at most one point. */
bool amount_fraction(const char *word, double *value);

#endif
