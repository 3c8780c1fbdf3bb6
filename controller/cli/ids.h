/*
 * Node ids as the operator writes them: whole decimal numbers from 0 to 2147483647, and ranges A..B
 * of them. A list keeps ranges as ranges, so 1..100000 needs no more memory than 1.
 */
#ifndef BONSAI_CLI_IDS_H
#define BONSAI_CLI_IDS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define IDS_NODE_MAX 2147483647u
#define IDS_TOTAL_MAX 100000u

struct id_range {
	uint32_t first, last;
};

/* Reads one id. Errors: -EINVAL with "not a node id: WORD (0 to 2147483647)". */
int ids_parse_one(const char *word, uint32_t *id, struct err *err);

/*
 * Reads `count` words, each a list of ids and ranges such as "3,8..20". *ranges is a new array of
 * *found ranges, which the caller frees. If an id or range continues the entry before it, both
 * become one range. Errors: -EINVAL, -E2BIG (more than IDS_TOTAL_MAX ids in all), -ENOMEM.
 */
int ids_parse(char *const *words, size_t count, struct id_range **ranges, size_t *found,
	      struct err *err);

/*
 * Reads one word, a list of ids and ranges such as "3,8..20", into a new array of single ids, in
 * the order of the word. The caller frees the array. Errors: the same as ids_parse.
 */
int ids_parse_list(char *word, uint32_t **ids, size_t *count, struct err *err);

#endif
