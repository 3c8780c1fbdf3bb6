/* Runs a function for a moment inside a sandbox's PID namespace. */
#ifndef BONSAI_SANDBOX_WITHIN_H
#define BONSAI_SANDBOX_WITHIN_H

/*
 * Runs `what` with `arg` in a new process. The process is in the PID namespace of `pidfd` and in
 * the caller's other namespaces. Waits for its end. Returns what `what` returns: 0 or a negative
 * errno. If sandboxes have no ids of their own, a program of the sandbox can stop or kill the new
 * process. Then within_run runs `what` again, so `what` must tolerate that. -EBUSY: this happened
 * on each of ten tries.
 */
int within_run(int pidfd, int (*what)(void *arg), void *arg);

#endif
