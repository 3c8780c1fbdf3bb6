/*
 * The commands that ask nodes for something and end with one reply: ping, timer, stats, and those
 * about detached programs.
 */
#ifndef BONSAI_CONTROLLER_QUERY_H
#define BONSAI_CONTROLLER_QUERY_H

#include "controller/api.h"

#include <stdint.h>

struct daemon;
struct node;

void query_timer_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void query_stats_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void query_logs_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void query_programs_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void query_ping_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/*
 * Returns node `id`, which a command names, if it is there and available. Else sends the client an
 * error and returns NULL.
 */
struct node *query_target(struct daemon *daemon, const struct asker *asker, json_int_t id);

#endif
