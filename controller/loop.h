/* The controller's loop: waits, hands out what came, and lets what is due happen. */
#ifndef BONSAI_CONTROLLER_LOOP_H
#define BONSAI_CONTROLLER_LOOP_H

struct daemon;

/* Returns once daemon_end was called. */
void loop_run(struct daemon *daemon);

#endif
