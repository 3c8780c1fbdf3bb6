/*
 * Lists of node ids as operators' requests and the events have them.
 */
#ifndef BONSAI_CONTROLLER_IDLIST_H
#define BONSAI_CONTROLLER_IDLIST_H

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define IDLIST_MAX 100000

struct asker;
struct batch_kind;
struct daemon;
struct node;

/* Spells out an array of ids and [first, last] ranges; *ids is the caller's to free. */
int idlist_parse(const json_t *array, uint32_t **ids, size_t *count, struct err *err);

/*
 * A command whose one member is `ids`: makes a batch of it, which is returned; or NULL, answered
 * with an error.
 */
struct batch *idlist_command(struct daemon *daemon, const struct batch_kind *kind,
			     const struct asker *asker, json_t *request);

/* An array of the ids of nodes strung together by a walk, `first` may be NULL. */
json_t *idlist_of_walk(const struct node *first);

#endif
