/*
 * Amounts as people write them, "64M" and "0.5": digits, and nothing that a locale has a say in.
 * Pure. False: it is none; the out-parameter is untouched then.
 */
#ifndef BONSAI_BASE_AMOUNT_H
#define BONSAI_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes, below 2^52; K, M, G and T are powers of 1024. */
bool amount_bytes(const char *word, uint64_t *bytes);

/* A whole number, at most `most`. */
bool amount_count(const char *word, uint64_t most, uint64_t *count);

/* Digits with at most one point. */
bool amount_fraction(const char *word, double *value);

#endif
