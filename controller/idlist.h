/* Lists of node ids, as requests and events contain them. */
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

/*
 * Expands an array of ids and [first, last] ranges. On success the caller frees *ids. -EINVAL,
 * -E2BIG for more than IDLIST_MAX ids, or -ENOMEM.
 */
int idlist_parse(const json_t *array, uint32_t **ids, size_t *count, struct err *err);

/*
 * Carries out a command whose only member is `ids`: adds a batch of these nodes and returns it. On
 * failure sends the client an error and returns NULL.
 */
struct batch *idlist_command(struct daemon *daemon, const struct batch_kind *kind,
			     const struct asker *asker, json_t *request);

/* Returns a new array of the ids of the nodes of a walk (tree.h); `first` may be NULL. */
json_t *idlist_of_walk(const struct node *first);

#endif
