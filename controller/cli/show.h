/*
 * Writes the API's replies and events as the lines that an operator reads. All functions are pure:
 * JSON in, text into a struct out. If a body does not match docs/api.md, shows nothing and returns
 * false.
 */
#ifndef BONSAI_CLI_SHOW_H
#define BONSAI_CLI_SHOW_H

#include "controller/cli/out.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Shows one reply that has no error. `word` is an argument of the command that is shown too
 * ("start"). False, with nothing shown: the reply is malformed.
 */
typedef bool show_fn(const json_t *body, const char *word, struct out *out);

show_fn show_created, show_removed, show_grown, show_pinged, show_timer, show_stats, show_nothing,
    show_done;
show_fn show_ps, show_tree, show_info; /* show_tree.c */

/*
 * Shows how a program ended. Writes `Exit: …`, or nothing for status 0; if the reply has an error,
 * writes `Error: …` and the status. False: the reply is malformed.
 */
bool show_ended(const json_t *body, struct out *out);

/*
 * Shows an event. Shows a heartbeat round only if `rounds` is set. For an `ending` event shows
 * nothing, but writes the cause to ending[size]. False, with nothing shown: the event is unknown or
 * malformed.
 */
bool show_event(const json_t *event, bool rounds, struct out *out, char *ending, size_t size);

#endif
