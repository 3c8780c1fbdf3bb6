/*
 * The controller from start to end: launcher first, for namespaces want a process
 * without threads; then its sockets, the loop, and all undone in the other order.
 */
#ifndef BONSAI_CONTROLLER_SERVE_H
#define BONSAI_CONTROLLER_SERVE_H

struct serve_options {
	const char *backend;
	const char *agent; /* program of the process backend's nodes */
	int lifeline;	   /* -1: none; it is told on stdout then */
};

/*
 * Runs until its starter, an operator or a signal ends it. Returns the exit status;
 * what failed has been said on the lifeline, or on stderr.
 */
int serve(const struct serve_options *options);

#endif
