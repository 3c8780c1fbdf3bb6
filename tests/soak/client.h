/*
 * The operators of a soak: several connections to one controller, driven by one thread, and the
 * account of what they asked. A request is open from its sending to its last answer. Those open
 * when their controller is killed are orphans: counted apart, answered by nobody.
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
	int64_t since;	/* of `events` */
	bool endless;	/* a program that ends by `cancel` alone */
	bool given;	/* its output is given back */
	bool cancelled; /* or told to be */
	json_t *last;	/* its last answer, where somebody waits for that */
	bool awaited;
	UT_hash_handle hh;
};

struct client {
	struct proofs *proofs;
	void *context;
	void *socket[CLIENT_CONNECTIONS];
	void *events;
	struct request *requests; /* open ones, by id */
	size_t open;
	int64_t last_id;
	long garbage_owed[CLIENT_CONNECTIONS]; /* answers with "id": null */
	int64_t seq;			       /* of the last event seen; 0: none */
	/* Told of each answer, `request` NULL for one of no request. */
	void (*answered)(void *own, const struct request *request, const json_t *answer);
	void *own;
	struct {
		uint64_t requests, answers, garbage, orphans, events, steps;
	} count;
};

/* Opens all connections to the controller in `dir`, there or to come. 0 or -errno. */
int client_open(struct client *client, const char *dir);

/* Closes them. What was open is forgotten. */
void client_close(struct client *client);

/* Sends `members` (stolen) as a request by a connection; NULL for want of memory. */
struct request *client_ask(struct client *client, int connection, const char *cmd, json_t *members);

/* The same with ready-made text, which has "%lld" where its id is to be. */
struct request *client_ask_text(struct client *client, int connection, const char *fmt);

/* A frame with no usable id; as two frames, when `twice`. */
void client_babble(struct client *client, int connection, const void *data, size_t len, bool twice);

/* These two are not answered. */
void client_give(struct client *client, const struct request *request, int pieces);
void client_cancel(struct client *client, struct request *request);

/* Takes all that waits, after waiting for the first of it so long. Returns how many messages. */
int client_take(struct client *client, int timeout_ms);

/* Asks and waits up to `limit_s` for the last answer, which is the caller's; NULL: it did not come.
 */
json_t *client_call(struct client *client, const char *cmd, json_t *members, int limit_s);

/*
 * The controller was killed: what is open has no claim any more, and is forgotten. By new
 * connections, for what is sent by one whose end libzmq has not noticed yet is lost. What is asked
 * then waits for the next one.
 */
int client_reconnect(struct client *client, const char *dir);

/* Waits until nothing is open; what still is after `limit_s` breaks the proof. */
void client_drain(struct client *client, int limit_s);

#endif
