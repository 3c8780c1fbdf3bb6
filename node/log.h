/*
 * The log of a detached program: the last octets that the program wrote. The log is a ring buffer
 * that grows with its content up to LOG_MAX_BYTES. Positions count octets from the program's start,
 * including octets that were overwritten. These functions do no input or output. A zeroed struct is
 * an empty log.
 */
#ifndef BONSAI_NODE_LOG_H
#define BONSAI_NODE_LOG_H

#include <stddef.h>
#include <stdint.h>

#define LOG_MAX_BYTES 262144

struct log {
	uint8_t *data;
	size_t room;
	uint64_t end; /* octets that the program ever wrote */
};

/*
 * Appends octets. If there is no memory to grow, the log keeps fewer octets, but never wrong ones.
 */
void log_write(struct log *log, const void *data, size_t len);

/* The position of the oldest octet that the log still has. */
uint64_t log_begin(const struct log *log);

/*
 * Copies at most `room` octets, beginning at position `from`, which must lie between the result of
 * log_begin and log->end. Returns how many octets it copied.
 */
size_t log_read(const struct log *log, uint64_t from, void *data, size_t room);

void log_release(struct log *log);

#endif
