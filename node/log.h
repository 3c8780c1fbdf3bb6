/*
 * The last octets that a program wrote while nobody listened: a ring that grows with
 * what it holds up to LOG_MAX_BYTES. Octets are counted from the program's start,
 * those that were overwritten included. Pure. A zeroed struct is an empty log.
 */
#ifndef BONSAI_NODE_LOG_H
#define BONSAI_NODE_LOG_H

#include <stddef.h>
#include <stdint.h>

#define LOG_MAX_BYTES 262144

struct log {
	uint8_t *data;
	size_t room;
	uint64_t end; /* octets that were ever written */
};

/* Out of memory it keeps less, never what is wrong. */
void log_write(struct log *log, const void *data, size_t len);

/* The first octet that is still there. */
uint64_t log_begin(const struct log *log);

/* Copies at most `room` octets from octet `from` on, which is there or the end. Returns how many.
 */
size_t log_read(const struct log *log, uint64_t from, void *data, size_t room);

void log_release(struct log *log);

#endif
