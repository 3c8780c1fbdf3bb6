/*
 * A roll-call: one broadcast from the root, and the answers of all who are available, as
 * they come. It ends when nobody is missing any more, be it that he answered or that he
 * was lost meanwhile, or when for a while nobody new was heard; then its kind answers the
 * operator. It belongs to the pending request it is made of.
 */
#ifndef BONSAI_CONTROLLER_ROLL_H
#define BONSAI_CONTROLLER_ROLL_H

#include "controller/api.h"
#include "node/wire.h"

#define ROLL_UNKNOWN (-1)

struct daemon;
struct roll;

enum presence { ROLL_MISSING, ROLL_ANSWERED, ROLL_UNAVAILABLE };

struct roll_entry {
	uint32_t id;
	uint32_t rank; /* parents before children */
	enum presence presence;
	int64_t value; /* the kind's; ROLL_UNKNOWN at first */
};

struct roll_kind {
	enum wire_op op; /* without arguments */
	/* Optional: reads what a node answered. Whatever does not read is passed over. */
	void (*take)(struct daemon *daemon, struct roll *roll, struct wire_reader *body);
	/* The answer. */
	void (*answer)(struct daemon *daemon, const struct asker *asker, struct roll *roll);
};

struct roll {
	const struct roll_kind *kind;
	int64_t limit_ns;
	size_t missing;
	size_t count;
	struct roll_entry entries[]; /* by id, until roll_sort */
};

/* Calls it. Answers in any case, at once or later. */
void roll_call(struct daemon *daemon, const struct asker *asker, const struct roll_kind *kind);

/* Puts parents before children; then nobody can be found any more. */
void roll_sort(struct roll *roll);

/* The entry of a node, or NULL. */
struct roll_entry *roll_find(struct roll *roll, uint32_t id);

#endif
