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
	size_t item;   /* its index in the poll items, or NOT_WAITED_FOR */
	bool ready;    /* poll(2) says that it can be read */
	uint64_t owed; /* octets left of those that were in the pipe at the exit */
};

struct program {
	uint64_t request;
	uint64_t window;
	pid_t pid;
	bool reaped; /* then `pid` may be another process */
	bool over;   /* detached only: has ended, and its log is complete */
	bool detached, terminal;
	int status;
	int64_t started_ns;
	int64_t linger_ns; /* once reaped: when to stop reading its pipes */
	struct stream stream[2];
	struct feed input;
	size_t input_item;
	bool input_told; /* the client was told that the program takes no more */
	struct log log;
	char *command; /* of a detached program, for people to read */
};

/* The program's state, in the terms of `end` in wire.abnf. */
void program_standing(const struct program *program, enum wire_end *how, uint64_t *value);

#endif
