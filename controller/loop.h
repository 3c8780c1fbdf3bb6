/*
 * The controller's loop: waits for input, passes it to the other parts, and calls what is due by
 * time.
 */
#ifndef BONSAI_CONTROLLER_LOOP_H
#define BONSAI_CONTROLLER_LOOP_H

struct daemon;

/* Runs until daemon_end has been called. */
void loop_run(struct daemon *daemon);

#endif
