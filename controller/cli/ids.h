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
 * Reads `count` words, each an id or a range, into ranges[count], which the
 * caller owns. Errors: -EINVAL, -E2BIG over IDS_TOTAL_MAX ids in all.
 */
int ids_parse(char *const *words, size_t count, struct id_range *ranges, struct err *err);

#endif
