/*
 * The controller from start to end: launcher first, for namespaces want a process
 * without threads; then its sockets, the loop, and all undone in the other order.
 */
#ifndef BONSAI_CONTROLLER_SERVE_H
#define BONSAI_CONTROLLER_SERVE_H

#include "controller/crash.h"
#include "controller/limit.h"

struct serve_options {
	const char *backend;
	const char *agent; /* program of the process backend's nodes */
	const char *image; /* of a tree that is made; NULL: the host's /usr */
	const char *tree;  /* its name; NULL: without one */
	int beat_ms;	   /* these two for a tree that is made */
	enum on_crash on_crash;
	const char *limits[LIMIT_WORDS]; /* likewise, see limit.h */
	const char *seccomp;   /* likewise: a profile's path, or PROFILE_UNCONFINED; NULL: ours */
	const char *uid_range; /* likewise: FIRST:COUNT, or NULL */
	const char *cap_add;   /* likewise: a list of capabilities, or NULL */
	int lifeline;	       /* -1: none; the tree then outlives its controller, if killed */
	int greet;	       /* where it is told that it serves; -1: lifeline or stdout */
};

/*
 * Runs until its starter, an operator or a signal ends it. Returns the exit status;
 * what failed has been said on the lifeline, or on stderr.
 */
int serve(const struct serve_options *options);

#endif
