/*
 * The operators' API from the client's side: JSON over two ZeroMQ sockets, see docs/api.md.
 * Messages come from another process and are not trusted. The functions here check the envelope of
 * a message; the code that shows a body checks the body. No function blocks.
 */
#ifndef BONSAI_CLI_CLIENT_H
#define BONSAI_CLI_CLIENT_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_REQUEST_MAX 65536
#define CLIENT_NO_ID UINT64_MAX /* in the reply to a request that the controller could not read */

struct client {
	void *ctx, *api, *events; /* poll `api` and `events` with zmq_poll */
	uint64_t last_id;
};

struct answer {
	json_t *body;
	uint64_t id;
	bool more;  /* more replies follow */
	void *data; /* the second frame of the reply; NULL: there is no second frame */
	size_t len;
};

/*
 * Connects to the controller whose folder is `dir`. Connects the events socket before the socket
 * for requests. On success the caller must call client_close.
 */
int client_open(struct client *client, const char *dir, struct err *err);

/*
 * Closes the sockets and drops messages that are not sent yet. Accepts a zeroed or closed client.
 */
void client_close(struct client *client);

/*
 * Sends `request` under a new id and puts that id into `id`. Takes over the reference to `request`
 * even on failure. Errors: -EMSGSIZE, -EAGAIN (the queue to the controller is full), or another
 * negative errno.
 */
int client_send(struct client *client, json_t *request, uint64_t *id, struct err *err);

/*
 * Sends a request about the earlier request `id`. `request` is `credit`, `cancel`, `exec_signal` or
 * `resize`; the controller sends no reply to these. Otherwise the same as client_send.
 */
int client_send_about(struct client *client, json_t *request, uint64_t id, struct err *err);

/*
 * Sends a piece of input for the program of `exec` request `id`; `len` 0 means the end of the
 * input. The caller must not send more pieces than docs/api.md allows.
 */
int client_send_input(struct client *client, uint64_t id, const void *data, size_t len,
		      struct err *err);

/*
 * Takes one received reply. 1: `answer` is filled, and the caller must call answer_release. 0: no
 * reply has been received. -EPROTO: the reply was malformed and has been dropped. Other errors: a
 * negative errno.
 */
int client_next(struct client *client, struct answer *answer, struct err *err);

/*
 * Takes one received event: `event` gets a new reference. Returns the same values as client_next.
 */
int client_next_event(struct client *client, json_t **event, struct err *err);

/* Accepts a zeroed answer as well. */
void answer_release(struct answer *answer);

#endif
