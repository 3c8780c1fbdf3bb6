/*
 * Answers and events of the API as the lines an operator reads. Pure: JSON in, text
 * into struct out. A body that isn't what docs/api.md promises shows nothing and
 * is reported to the caller, never believed.
 */
#ifndef BONSAI_CLI_SHOW_H
#define BONSAI_CLI_SHOW_H

#include "controller/cli/out.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Shows one answer that is no error; `word` is what the command adds to it ("start").
 * False when it makes no sense, with nothing shown.
 */
typedef bool show_fn(const json_t *body, const char *word, struct out *out);

show_fn show_created, show_removed, show_grown, show_pinged, show_timer, show_stats, show_nothing,
    show_done;
show_fn show_ps, show_tree, show_info; /* show_tree.c */

/* The end of a program: `Exit: …`, nothing for status 0, `Error: …` and its status. */
bool show_ended(const json_t *body, struct out *out);

/*
 * Shows an event; rounds only if `rounds`. An `ending` shows nothing but leaves its
 * cause in ending[size]. Events that are unknown or make no sense show nothing: false.
 */
bool show_event(const json_t *event, bool rounds, struct out *out, char *ending, size_t size);

#endif
