/*
 * The clients of a soak: several connections to one controller, driven by one thread, and a record
 * of their requests. A request is open from its sending until its last reply. Requests that are
 * open when their controller is killed are orphans. They are counted separately, since no
 * controller replies to them.
 */
#ifndef BONSAI_TESTS_SOAK_CLIENT_H
#define BONSAI_TESTS_SOAK_CLIENT_H

#include "tests/soak/proof.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#define CLIENT_CONNECTIONS 4

struct request {
	int64_t id;
	const char *cmd;
	uint32_t node;
	int connection;
	int64_t sent_ns;
	int64_t since;	/* `since` of an `events` request */
	bool endless;	/* its program runs until a `cancel` */
	bool given;	/* this client sends `credit` for the program's output */
	bool cancelled; /* a `cancel` was sent */
	json_t *last;	/* the last reply to the request, if `awaited` */
	bool awaited;
	UT_hash_handle hh;
};

struct client {
	struct proofs *proofs;
	void *context;
	void *socket[CLIENT_CONNECTIONS];
	void *events;
	struct request *requests; /* open requests, by id */
	size_t open;
	int64_t last_id;
	long garbage_owed[CLIENT_CONNECTIONS]; /* replies with "id": null still to come */
	int64_t seq;			       /* number of the last received event; 0: none */
	/* Called for each reply to an open request. */
	void (*answered)(void *own, const struct request *request, const json_t *answer);
	void *own;
	struct {
		uint64_t requests, answers, garbage, orphans, events, steps;
	} count;
};

/*
 * Opens all connections to the controller in the folder `dir`. The controller may start later.
 * Returns 0 or -errno.
 */
int client_open(struct client *client, const char *dir);

/* Closes the connections and forgets all open requests. */
void client_close(struct client *client);

/*
 * Sends a request with the JSON object `members` by a connection. Takes over the reference
 * `members`. Returns NULL if memory runs out.
 */
struct request *client_ask(struct client *client, int connection, const char *cmd, json_t *members);

/* Like client_ask(), but sends the text `fmt`, in which "%lld" stands for the request's id. */
struct request *client_ask_text(struct client *client, int connection, const char *fmt);

/*
 * Sends a message of one frame that has no usable id. If `twice`, sends a message of two such
 * frames.
 */
void client_babble(struct client *client, int connection, const void *data, size_t len, bool twice);

/* Send `credit` for `pieces` pieces of output, and `cancel`. The controller replies to neither. */
void client_give(struct client *client, const struct request *request, int pieces);
void client_cancel(struct client *client, struct request *request);

/*
 * Waits at most `timeout_ms` for a message, then receives all messages that have arrived, up to a
 * limit per connection. Returns the number of received messages.
 */
int client_take(struct client *client, int timeout_ms);

/*
 * Sends a request and waits up to `limit_s` for its last reply, which the caller owns. If no reply
 * arrives, breaks PROOF_ANSWERED and returns NULL.
 */
json_t *client_call(struct client *client, const char *cmd, json_t *members, int limit_s);

/*
 * Call after the controller was killed: counts the open requests as orphans and forgets them. Opens
 * new connections, since libzmq loses what is sent on an old one until it notices that the peer has
 * gone. New requests wait in libzmq for the next controller. 0 or -errno.
 */
int client_reconnect(struct client *client, const char *dir);

/*
 * Waits until no request is open. A request that is still open after `limit_s` breaks
 * PROOF_ANSWERED.
 */
void client_drain(struct client *client, int limit_s);

#endif
