/* Capabilities that programs of a node are given, by their names, as bits: bit N is number N. */
#ifndef BONSAI_CONTROLLER_CAPS_H
#define BONSAI_CONTROLLER_CAPS_H

#include "base/err.h"

#include <jansson.h>
#include <stdint.h>

/* Adds those of a list as "NET_RAW,cap_sys_ptrace"; on failure *caps may be half done. */
int caps_read(const char *list, uint64_t *caps, struct err *err);

/* The same from an array of such names. */
int caps_parse(const json_t *array, uint64_t *caps, struct err *err);

/* A new array of them, "CAP_NET_RAW". */
json_t *caps_pack(uint64_t caps);

#endif
