/*
 * An agent's boot line, "ID ENDPOINT BEAT_MS": the node's id, the endpoint where its parent
 * listens, and the interval of the agent's heartbeats in milliseconds.
 */
#ifndef BONSAI_NODE_BOOT_H
#define BONSAI_NODE_BOOT_H

#include "base/err.h"

#include <stdint.h>

#define BOOT_ENDPOINT_BYTES 128

struct boot {
	uint32_t id;
	char endpoint[BOOT_ENDPOINT_BYTES];
	uint32_t beat_ms;
};

/* Parses a boot line. 0, or -EINVAL if `line` is not a boot line. */
int boot_parse(const char *line, struct boot *boot, struct err *err);

#endif
