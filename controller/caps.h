/*
 * Capabilities of the programs of a node, by name and as bits: bit N stands for capability number
 * N.
 */
#ifndef BONSAI_CONTROLLER_CAPS_H
#define BONSAI_CONTROLLER_CAPS_H

#include "base/err.h"

#include <jansson.h>
#include <stdint.h>

/*
 * Adds the capabilities of a list such as "NET_RAW,cap_sys_ptrace" to *caps. On failure *caps may
 * hold some of them.
 */
int caps_read(const char *list, uint64_t *caps, struct err *err);

/* As caps_read, from a JSON array of names. */
int caps_parse(const json_t *array, uint64_t *caps, struct err *err);

/* Returns a new JSON array of names such as "CAP_NET_RAW". */
json_t *caps_pack(uint64_t caps);

#endif
