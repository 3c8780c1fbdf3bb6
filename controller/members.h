/*
 * The members of a request, taken by a format as json_unpack(3) has it, with errors that are
 * sentences for whoever wrote the request. Pure.
 */
#ifndef BONSAI_CONTROLLER_MEMBERS_H
#define BONSAI_CONTROLLER_MEMBERS_H

#include "base/err.h"

#include <jansson.h>

/*
 * `format` is as "{s:I, s?b}": of each member whether it must be there (:) or may (?), and
 * what it is: I, a json_int_t; s, a const char *; b, an int; o, a json_t *. The name of each
 * and the place for it follow; all is borrowed. -EINVAL when one is missing, is something else,
 * or there is another; then some places may be filled.
 */
int members_take(json_t *object, struct err *err, const char *format, ...);

#endif
