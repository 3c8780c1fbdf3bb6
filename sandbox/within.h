/* Running something of ours for a moment inside a sandbox's PID namespace. */
#ifndef BONSAI_SANDBOX_WITHIN_H
#define BONSAI_SANDBOX_WITHIN_H

/*
 * Runs `what` with `arg` in a process of its own there, in all other namespaces the caller's, and
 * waits for it to end. What it returns, 0 or a negative errno, is returned. Where sandboxes have no
 * ids of their own it may be stopped or killed by what is in there: then it is run again, so it
 * must bear that, and -EBUSY tells that this happened each time.
 */
int within_run(int pidfd, int (*what)(void *arg), void *arg);

#endif
