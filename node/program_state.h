/*
 * The state of one program, shared by program.c, which owns it, and detached.c, which reports it.
 */
#ifndef BONSAI_NODE_PROGRAM_STATE_H
#define BONSAI_NODE_PROGRAM_STATE_H

#include "node/feed.h"
#include "node/log.h"
#include "node/wire.h"

#include <sys/types.h>

#define NOT_WAITED_FOR SIZE_MAX

struct stream {
	int fd;	       /* -1 after end of file */
	size_t item;   /* the index of `fd` in the items of poll(2), or NOT_WAITED_FOR */
	bool ready;    /* poll(2) says that `fd` can be read */
	uint64_t owed; /* octets not yet read of those in the pipe at the program's exit */
};

struct program {
	uint64_t request;
	uint64_t window;
	pid_t pid;
	bool reaped; /* the program was reaped; `pid` may be another process now */
	bool over;   /* for a detached program: it has ended, and its log is complete */
	bool detached, terminal;
	int status;
	int64_t started_ns;
	int64_t linger_ns; /* for a reaped program: when to stop reading its pipes */
	struct stream stream[2];
	struct feed input;
	size_t input_item;
	bool input_told; /* the client was told that the program takes no more input */
	struct log log;
	char *command; /* a detached program's command line for people to read, or NULL */
};

/* Tells how the program stands, in the terms of `end` in wire.abnf. */
void program_standing(const struct program *program, enum wire_end *how, uint64_t *value);

#endif
