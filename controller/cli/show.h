/*
 * Writes replies and events of the API as the lines that an operator reads. Pure: JSON in, text
 * into struct out. A body that does not match docs/api.md is not trusted: it shows nothing, and the
 * caller learns of it.
 */
#ifndef BONSAI_CLI_SHOW_H
#define BONSAI_CLI_SHOW_H

#include "controller/cli/out.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Shows one reply that is no error; `word` is an argument of the command to show too ("start").
 * False, with nothing shown: the reply is malformed.
 */
typedef bool show_fn(const json_t *body, const char *word, struct out *out);

show_fn show_created, show_removed, show_grown, show_pinged, show_timer, show_stats, show_nothing,
    show_done;
show_fn show_ps, show_tree, show_info; /* show_tree.c */

/*
 * Shows how a program ended: `Exit: …`, nothing for status 0, or `Error: …` and the status. False:
 * the reply is malformed.
 */
bool show_ended(const json_t *body, struct out *out);

/*
 * Shows an event; a heartbeat round only if `rounds`. An `ending` shows nothing: its cause goes to
 * ending[size]. False, with nothing shown: the event is unknown or malformed.
 */
bool show_event(const json_t *event, bool rounds, struct out *out, char *ending, size_t size);

#endif
