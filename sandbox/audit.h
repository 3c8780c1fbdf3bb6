/*
 * What isolates a running sandbox, checked from the outside: a table of checks of what
 * docs/security.md promises. Each check reads what the kernel shows in /proc of every process in
 * the sandbox. No check asks the sandbox, the launcher or the controller. So the checks show a
 * mistake in how the launcher made the sandbox, or a program that has more rights than it should.
 *
 * The user who started the tree may see all of it, and so may root. The agent is undumpable, except
 * for the owner of the user namespace in which it was executed, the launcher's. What the caller may
 * not see is reported as unknown, never as in order. Nothing is changed. Prints nothing.
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
	AUDIT_FINDING, /* the sandbox is not as promised */
	AUDIT_UNKNOWN, /* not all could be seen; what was seen is in order */
};

struct audit_result {
	enum audit_state state;
	size_t untold;	/* number of findings that did not fit into `seen` */
	char seen[400]; /* what was seen; or the findings, separated by "; " */
};

struct audit_target {
	const char *proc; /* where procfs is mounted: "/proc", except in tests */
	pid_t init;
	uint64_t caps; /* capabilities that were given to its programs: no finding */
	int pidfd; /* of the init; -1 in tests: a check that needs a live process is then unknown */
};

/* A sandbox while it is audited. */
struct audit {
	struct audit_target target;
	pid_t launcher; /* the parent of the init */
	pid_t *pids;	/* all processes in the sandbox, the init first */
	size_t count;
	struct audit_mount *mounts; /* of the init, see audit_proc.h */
	size_t mounts_count;
	int mounts_error; /* negative errno: why `mounts` could not be read; or 0 */
};

struct audit_check {
	const char *name;
	void (*look)(const struct audit *audit, struct audit_result *result);
	bool from_launcher; /* more can be seen from the launcher's user namespace: repeat it there
			     */
};

extern const struct audit_check audit_checks[];
extern const size_t audit_checks_count;

/*
 * Finds the processes and the mounts of the sandbox. -ESRCH: process `target->init` does not exist.
 * If the mounts cannot be read, that is no failure: mounts_error says why. On failure there is
 * nothing to release. Blocks while it reads /proc.
 */
int audit_begin(struct audit *audit, const struct audit_target *target, struct err *err);
void audit_release(struct audit *audit);

/* Runs one check and fills `result`. */
void audit_look(const struct audit *audit, const struct audit_check *check,
		struct audit_result *result);

#endif
