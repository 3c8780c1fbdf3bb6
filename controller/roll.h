/*
 * A roll call is one broadcast from the root, to which every available node replies. It ends when
 * no node is missing any more: each has replied, or has become unavailable. It also ends when no
 * reply has come for a while. Then the struct roll_kind of the roll call sends the client the
 * reply. The pending request of a roll call owns the roll.
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
	int64_t value; /* set by the roll call's kind; ROLL_UNKNOWN at first */
};

struct roll_kind {
	enum wire_op op; /* without arguments */
	/* Optional: reads the body of a node's reply. Ignores a body that does not parse. */
	void (*take)(struct daemon *daemon, struct roll *roll, struct wire_reader *body);
	/* Sends the client the result of the roll call. */
	void (*answer)(struct daemon *daemon, const struct asker *asker, struct roll *roll);
};

struct roll {
	const struct roll_kind *kind;
	int64_t limit_ns;
	size_t missing;
	size_t count;
	struct roll_entry entries[]; /* sorted by id; after roll_sort, parents before children */
};

/* Starts a roll call. The client gets a reply in any case, at once or later. */
void roll_call(struct daemon *daemon, const struct asker *asker, const struct roll_kind *kind);

/* Sorts parents before children; roll_find does not work afterwards. */
void roll_sort(struct roll *roll);

/* Returns the entry of a node, or NULL. */
struct roll_entry *roll_find(struct roll *roll, uint32_t id);

#endif
