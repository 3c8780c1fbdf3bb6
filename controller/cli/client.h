/*
 * The operators' API from the client's side: JSON over two ZeroMQ sockets, as
 * docs/api.md has it. Whatever comes in is another process's word and is checked
 * here for its envelope; what a body holds is checked by whoever shows it. Never
 * blocks.
 */
#ifndef BONSAI_CLI_CLIENT_H
#define BONSAI_CLI_CLIENT_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_REQUEST_MAX 65536
#define CLIENT_NO_ID UINT64_MAX /* the answer to what the controller could not read */

struct client {
	void *ctx, *api, *events; /* poll api and events with zmq_poll */
	uint64_t last_id;
};

struct answer {
	json_t *body;
	uint64_t id;
	bool more;  /* others follow */
	void *data; /* the second frame, NULL without one */
	size_t len;
};

/* Connects to the controller of folder `dir`, events first. The caller closes it. */
int client_open(struct client *client, const char *dir, struct err *err);

/* Takes a zeroed or closed one. What was not sent yet is dropped. */
void client_close(struct client *client);

/*
 * Sends `request`, a new reference that is taken in any case, under a number of its
 * own, put in `id`. Errors: -EMSGSIZE, -EAGAIN when the controller takes no more, …
 */
int client_send(struct client *client, json_t *request, uint64_t *id, struct err *err);

/* The same about request number `id`: `credit` and `cancel`, which are not answered. */
int client_send_about(struct client *client, json_t *request, uint64_t id, struct err *err);

/*
 * Sends a piece of input for the program of `exec` number `id`, or with `len` 0 its end;
 * never more of them than docs/api.md allows.
 */
int client_send_input(struct client *client, uint64_t id, const void *data, size_t len,
		      struct err *err);

/*
 * Takes one answer, to be released with answer_release. 1: `answer` is filled; 0: none
 * is there; -EPROTO: one came that makes no sense and was dropped.
 */
int client_next(struct client *client, struct answer *answer, struct err *err);

/* Takes one event, a new reference in `event`; results as client_next's. */
int client_next_event(struct client *client, json_t **event, struct err *err);

/* Takes a zeroed one as well. */
void answer_release(struct answer *answer);

#endif
