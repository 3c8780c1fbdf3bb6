/*
 * The operators' side (docs/api.md): a ROUTER for requests and answers, a PUB for
 * events, both in the controller's folder. Here JSON becomes frames and back; what
 * a command does is elsewhere. Whatever an operator sends, the worst that comes of
 * it is an error for him.
 *
 * An asker is whom to answer, a value: it may be kept as long as one likes.
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
	int64_t first_seq, seq;	       /* of our first event, and of the last one told */
	json_t *kept[API_EVENTS_KEPT]; /* the last ones, at their seq modulo their number */
};

struct asker {
	uint8_t identity[255]; /* libzmq's name of the connection */
	uint8_t len;	       /* 0: nobody asked */
	bool anonymous;	       /* no usable id: it is answered with null */
	int64_t id;
};

/* Opens both sockets in `dir`; events are numbered from `first_seq` on. On failure both are closed.
 */
int api_open(struct api *api, void *context, const struct rundir *dir, int64_t first_seq,
	     struct err *err);

/* Waits, a moment at most, for what was sent last to be taken. Takes a closed one. */
void api_close(struct api *api);

/*
 * Takes one request without waiting. 1: `asker` is filled, *request is an object the
 * caller owns, and `data`, which he has initialised and closes, the frame that came with
 * it, if one did; 0: none waits. What is no request is answered with an error here.
 */
int api_next(struct api *api, struct asker *asker, json_t **request, zmq_msg_t *data);

/*
 * Sends an answer: `members` (taken over; NULL, as after a failed json_pack, sends
 * an error) and the asker's id. 0, or -EHOSTUNREACH when the asker is gone or has
 * let too many answers lie.
 */
int api_answer(struct api *api, const struct asker *asker, json_t *members);

/* The same followed by a raw frame. */
int api_answer_bytes(struct api *api, const struct asker *asker, json_t *members, const void *data,
		     size_t len);

/* Answers with an error: its text, a sentence without "Error: ", and the name of its code. */
int api_error(struct api *api, const struct asker *asker, const struct err *err);

/* The same of a negative errno and a sentence. */
int api_refuse(struct api *api, const struct asker *asker, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts the two members of an error into an answer. */
void api_put_error(json_t *members, const struct err *err);

/*
 * Publishes an event; `members` is taken over and holds "event". It gets a number,
 * `seq`, one more than the last, by which a client sees that it missed some; and is kept.
 */
void api_publish(struct api *api, json_t *members);

/* Publishes what is of the moment only: neither numbered nor kept. */
void api_publish_passing(struct api *api, json_t *members);

/*
 * The kept events after `since`, a new array; *missed says that others, or those of a
 * controller before, are not kept any more. NULL when memory is short.
 */
json_t *api_events(const struct api *api, int64_t since, bool *missed);

bool asker_is_same(const struct asker *a, const struct asker *b);

#endif
