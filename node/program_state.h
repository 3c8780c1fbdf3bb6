/*
 * What a program is to the parts that look after it: program.c, which owns it, and
 * detached.c, which tells of it.
 */
#ifndef BONSAI_NODE_PROGRAM_STATE_H
#define BONSAI_NODE_PROGRAM_STATE_H

#include "node/feed.h"
#include "node/log.h"
#include "node/wire.h"

#include <sys/types.h>

#define NOT_WAITED_FOR SIZE_MAX

struct stream {
	int fd;	       /* -1 after its end */
	size_t item;   /* its place in the poll, or NOT_WAITED_FOR */
	bool ready;    /* to be read from */
	uint64_t owed; /* octets that lay there at the program's exit */
};

struct program {
	uint64_t request;
	uint64_t window;
	pid_t pid;
	bool reaped; /* then the number may be another's */
	bool over;   /* all is told or kept that there will ever be */
	bool detached, terminal;
	int status;
	int64_t started_ns;
	int64_t linger_ns; /* once reaped: when to give up on its pipes */
	struct stream stream[2];
	struct feed input;
	size_t input_item;
	bool input_told; /* that it takes no more */
	struct log log;
	char *command; /* of a detached one, for people */
};

/* How it stands with it, as the wire's `end` says it. */
void program_standing(const struct program *program, enum wire_end *how, uint64_t *value);

#endif
