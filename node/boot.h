/*
 * What an agent begins with: one line, "ID ENDPOINT BEAT_MS". Its own id, where its parent listens,
 * and the interval of its heartbeats.
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

/* -EINVAL: it is no such line. */
int boot_parse(const char *line, struct boot *boot, struct err *err);

#endif
