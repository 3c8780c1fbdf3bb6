/*
 * The controller from start to end. It starts the launcher first, because namespaces need a process
 * without threads. Then it opens its sockets and runs the loop. At the end it undoes all of that in
 * reverse order.
 */
#ifndef BONSAI_CONTROLLER_SERVE_H
#define BONSAI_CONTROLLER_SERVE_H

#include "controller/crash.h"
#include "controller/limit.h"

struct serve_options {
	const char *backend;
	const char *agent; /* the program that nodes of the process backend run */
	const char *image; /* the image of a new tree; NULL: the host's /usr */
	const char *tree;  /* the tree's name; NULL: none */
	int beat_ms;	   /* this and on_crash: of a new tree */
	enum on_crash on_crash;
	const char *limits[LIMIT_WORDS]; /* limits of a new tree, see limit.h */
	const char *seccomp;   /* of a new tree: a path, PROFILE_UNCONFINED, or NULL: the default */
	const char *uid_range; /* of a new tree: FIRST:COUNT, or NULL */
	const char *cap_add;   /* of a new tree: a list of capabilities, or NULL */
	int lifeline;	       /* -1: none; the tree then outlives a killed controller */
	int greet;	       /* gets the line "OK ..." or an error; -1: to lifeline or stdout */
};

/*
 * Runs the controller until its starter, a client or a signal ends it. Returns the exit status; an
 * error has been written to `greet`, the lifeline or stderr.
 */
int serve(const struct serve_options *options);

#endif
