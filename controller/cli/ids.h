/*
 * Node ids as the operator writes them: whole decimal numbers from 0 to
 * 2147483647, and ranges A..B of them. A list keeps ranges as ranges, so that
 * 1..100000 costs no more than 1.
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
 * Reads `count` words, each a list like "3,8..20" of ids and ranges, into *ranges, a new
 * array of *found that the caller frees; what follows one another is one range. Errors: -EINVAL,
 * -E2BIG over IDS_TOTAL_MAX ids in all, -ENOMEM.
 */
int ids_parse(char *const *words, size_t count, struct id_range **ranges, size_t *found,
	      struct err *err);

/* The same of one word, as the ids themselves, in that order. */
int ids_parse_list(char *word, uint32_t **ids, size_t *count, struct err *err);

#endif
