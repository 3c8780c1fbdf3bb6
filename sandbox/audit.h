/*
 * What holds a running sandbox, looked at from the outside: a table of checks of what
 * docs/security.md promises, each by what the kernel shows of every process in the sandbox
 * in /proc, none by asking the sandbox, the launcher or the controller. So a mistake in how
 * one is made, or a program that has come further than it should, shows here.
 *
 * Who started the tree, and root, may see all of it: an agent is undumpable, but for the owner
 * of the user namespace that it was executed in, the launcher's. What may not be seen is told as
 * unknown, and never as being in order. Nothing is changed. Prints nothing.
 */
#ifndef BONSAI_SANDBOX_AUDIT_H
#define BONSAI_SANDBOX_AUDIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum audit_state {
	AUDIT_OK,
	AUDIT_FINDING, /* it is not as promised */
	AUDIT_UNKNOWN, /* it could not be seen, in whole or in part, and no finding was */
};

struct audit_result {
	enum audit_state state;
	size_t untold;	/* findings for which there was no room */
	char seen[400]; /* what was, or what is wrong, several of it separated by "; " */
};

struct audit_target {
	const char *proc; /* where procfs is: "/proc", but in tests */
	pid_t init;
	uint64_t caps; /* those that its programs were given: no finding */
	int pidfd;     /* of the init; -1 in tests: what needs a live process is unknown then */
};

/* A sandbox as it is looked at. */
struct audit {
	struct audit_target target;
	pid_t launcher; /* the parent of the init */
	pid_t *pids;	/* all processes in the sandbox, the init first */
	size_t count;
	struct audit_mount *mounts; /* those of the init, see audit_proc.h */
	size_t mounts_count;
	int mounts_error; /* why there are none, negative; or 0 */
};

struct audit_check {
	const char *name;
	void (*look)(const struct audit *audit, struct audit_result *result);
	bool from_launcher; /* sees the same, and more, from the launcher's user namespace */
};

extern const struct audit_check audit_checks[];
extern const size_t audit_checks_count;

/*
 * Finds the processes and the mounts. -ESRCH: there is no such init. On failure nothing is to be
 * released. Blocks for as long as it takes to read /proc.
 */
int audit_begin(struct audit *audit, const struct audit_target *target, struct err *err);
void audit_release(struct audit *audit);

/* Carries out one check. */
void audit_look(const struct audit *audit, const struct audit_check *check,
		struct audit_result *result);

#endif
