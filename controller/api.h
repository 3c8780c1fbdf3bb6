/*
 * The operators' API (docs/api.md): a ROUTER socket for requests and replies, and a PUB socket for
 * events. Both are in the controller's folder. This file converts JSON to frames and back; other
 * files carry out the commands. Whatever a client sends, the worst result is an error reply to that
 * client.
 *
 * A struct asker names the client and the request that a reply is for. It is a plain value: a
 * caller may keep a copy of it as long as it likes.
 */
#ifndef BONSAI_CONTROLLER_API_H
#define BONSAI_CONTROLLER_API_H

#include "base/err.h"
#include "controller/rundir.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#define API_REQUEST_MAX_BYTES 65536

#define API_EVENTS_KEPT 1024

struct api {
	void *router;
	void *pub;
	int64_t first_seq, seq;	       /* numbers of the first event and of the last event so far */
	json_t *kept[API_EVENTS_KEPT]; /* the last events, each at "seq" % API_EVENTS_KEPT */
};

struct asker {
	uint8_t identity[255]; /* libzmq's name of the client's connection */
	uint8_t len;	       /* 0: no client waits for a reply */
	bool anonymous;	       /* the request has no usable id: the reply's id is null */
	int64_t id;
};

/* Opens both sockets in `dir`; numbers events from `first_seq` on. On failure both are closed. */
int api_open(struct api *api, void *context, const struct rundir *dir, int64_t first_seq,
	     struct err *err);

/*
 * Closes both sockets, which may be closed already. Does not block. libzmq goes on sending queued
 * messages for up to 1 s; zmq_ctx_term waits for that.
 */
void api_close(struct api *api);

/*
 * Takes one request without blocking. The caller initializes `data` before the call and closes it
 * afterwards. 1: `asker` is filled, the caller owns the object *request, and `data` holds the
 * request's second frame, if there is one. 0: no request waits, or the call has taken 64 malformed
 * ones. Each malformed request gets an error reply here.
 */
int api_next(struct api *api, struct asker *asker, json_t **request, zmq_msg_t *data);

/*
 * Sends a reply: `members` and the request's id. Takes over `members`; if that is NULL, as after a
 * failed json_pack, sends an error. Does nothing if no client waits for a reply. 0, or
 * -EHOSTUNREACH when the client has gone or has left too many replies unread.
 */
int api_answer(struct api *api, const struct asker *asker, json_t *members);

/* As api_answer; the reply has `data` as a second, raw frame. */
int api_answer_bytes(struct api *api, const struct asker *asker, json_t *members, const void *data,
		     size_t len);

/*
 * Sends an error reply: the text of `err`, which is a sentence without "Error: ", and the name of
 * its code.
 */
int api_error(struct api *api, const struct asker *asker, const struct err *err);

/* As api_error; the error is a negative errno and a formatted sentence. */
int api_refuse(struct api *api, const struct asker *asker, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the members "error" and "code" to a reply. */
void api_put_error(json_t *members, const struct err *err);

/*
 * Publishes an event and keeps it for api_events. Takes over `members`, which contains "event".
 * Adds "time_ms" and "seq". Each event's "seq" is that of the event before it plus 1, so that a
 * client that sees a gap knows that it missed events.
 */
void api_publish(struct api *api, json_t *members);

/*
 * Publishes an event that matters only now: the event gets no "seq", and is not kept for
 * api_events. Takes over `members`.
 */
void api_publish_passing(struct api *api, json_t *members);

/*
 * Returns a new array of the kept events after `since`. Sets *missed if some events after `since`
 * are not kept, or were published by an earlier controller. NULL when memory is short.
 */
json_t *api_events(const struct api *api, int64_t since, bool *missed);

bool asker_is_same(const struct asker *a, const struct asker *b);

#endif
