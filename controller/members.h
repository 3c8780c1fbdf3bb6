/*
 * Reads the members of a request by a format like that of json_unpack(3). Errors are sentences for
 * the author of the request. Pure.
 */
#ifndef BONSAI_CONTROLLER_MEMBERS_H
#define BONSAI_CONTROLLER_MEMBERS_H

#include "base/err.h"

#include <jansson.h>

/*
 * `format` is as "{s:I, s?b}": for each member whether it is required (:) or optional (?), and its
 * type: I, a json_int_t; s, a const char *; b, an int; o, a json_t *. The member's name and the
 * place for its value follow as arguments; values are borrowed. -EINVAL when a required member is
 * missing, a member has another type, or an unknown one is there; some places may be filled then.
 */
int members_take(json_t *object, struct err *err, const char *format, ...);

#endif
