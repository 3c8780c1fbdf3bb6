/*
 * The wire protocol of wire.abnf: packs and strictly parses header and body frames. No sockets, and
 * no allocation whose size a peer controls: a reader walks over the caller's bytes and returns
 * pointers into them.
 */
#ifndef BONSAI_NODE_WIRE_H
#define BONSAI_NODE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_HEADER_BYTES 24
#define WIRE_BODY_MAX_BYTES 65536
#define WIRE_CHUNK_MAX_BYTES 32768
#define INPUT_WINDOW 8 /* most pieces of input in transit that the program has not taken */
#define WIRE_NODE_MAX 2147483647u
#define WIRE_CONTROLLER 0x80000000u
#define WIRE_OPEN_PORT 5670 /* port of an edge's both ends in a shared network; else AGENT_PORT */

enum wire_type {
	WIRE_READY = 1,
	WIRE_REQUEST = 2,
	WIRE_REPLY = 3,
	WIRE_HEARTBEAT = 4,
	WIRE_DISCONNECT = 5,
	WIRE_ERROR = 6,
	WIRE_LINK = 7,
	WIRE_REPORT = 8,
	WIRE_CREDIT = 9,
	WIRE_ROUTE = 10,
	WIRE_INPUT = 11,
	WIRE_SIGNAL = 12,
	WIRE_RESIZE = 13,
};

enum wire_flag { WIRE_BROADCAST = 1, WIRE_MORE = 2 };

enum wire_op { /* first member of a request-body */
	       OP_PING = 1,
	       OP_TIMER_START = 2,
	       OP_TIMER_STOP = 3,
	       OP_TIMER_TIME = 4,
	       /* 5 was OP_RUN without input; do not use 5 again */
	       OP_BEAT = 6,
	       OP_STATS = 7,
	       OP_ATTACH = 8,
	       OP_RUN = 9,
	       OP_LOGS = 10,
	       OP_PROGRAMS = 11,
	       OP_HEARD = 12,
};

enum wire_report {
	REPORT_SILENT = 1,
	REPORT_BACK = 2,
	REPORT_STARVED = 3,
	REPORT_INTRUSION = 4,
};
enum wire_run { RUN_INPUT = 1, RUN_TERMINAL = 2, RUN_DETACHED = 4 }; /* flags */
enum wire_stream { STREAM_TAKEN = 0, STREAM_STDOUT = 1, STREAM_STDERR = 2 };
enum wire_end { END_EXITED = 0, END_SIGNALLED = 1, END_NOT_STARTED = 2, END_RUNNING = 3 };

struct wire_header {
	uint8_t type;
	uint16_t flags;
	uint32_t source;
	uint32_t target;
	uint64_t request;
};

/* Packs the header into the WIRE_HEADER_BYTES octets at `out`. */
void wire_header_pack(const struct wire_header *header, uint8_t out[WIRE_HEADER_BYTES]);

/*
 * Parses a header of version 1, checked against the grammar: magic, version, known type, known
 * flags, reserved 0, ids in range. Returns true and fills `header`, or returns false and leaves
 * `header` untouched.
 */
bool wire_header_parse(const void *data, size_t len, struct wire_header *header);

/* The name of a type as in the grammar ("READY"); "?" for an unknown type. */
const char *wire_type_name(uint8_t type);

/* A body being packed. The caller owns it and releases it with wire_body_release. */
struct wire_body {
	uint8_t *data;
	size_t len;
	size_t alloc;
	bool failed; /* out of memory, or over WIRE_BODY_MAX_BYTES: do not send it */
};

#define WIRE_BODY_INIT                                                                             \
	{                                                                                          \
		0                                                                                  \
	}

void wire_put_array(struct wire_body *body, uint32_t members);
void wire_put_uint(struct wire_body *body, uint64_t value);
void wire_put_str(struct wire_body *body, const char *str);
void wire_put_bin(struct wire_body *body, const void *data, size_t len);
void wire_body_release(struct wire_body *body);

/*
 * Reads a body front to back. If the next object is of the right kind, wire_get_* returns true and
 * fills its out-parameters. Otherwise it returns false, leaves them untouched, and sets `bad`; then
 * all later calls return false.
 */
struct wire_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

struct wire_reader wire_reader_init(const void *data, size_t len);
bool wire_get_array(struct wire_reader *reader, uint32_t *members);
bool wire_get_uint(struct wire_reader *reader, uint64_t *value);
/* The string is not NUL-terminated, points into the frame, and may contain any octets. */
bool wire_get_str(struct wire_reader *reader, const char **str, size_t *len);
bool wire_get_bin(struct wire_reader *reader, const void **data, size_t *len);
/* True if the reader read the whole body and met no error. */
bool wire_reader_done(const struct wire_reader *reader);

#endif
