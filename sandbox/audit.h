/*
 * Checks from the outside that a running sandbox is isolated as docs/security.md promises: a table
 * of checks. Each check reads what the kernel shows in /proc of every process in the sandbox. No
 * check asks the sandbox, the launcher or the controller. So the checks find a mistake in how the
 * launcher made the sandbox, or a program that has more rights than it should.
 *
 * Root and the user who started the tree may see all processes of a sandbox. The agent is
 * undumpable: apart from root, the kernel shows it only to the owner of the user namespace in which
 * the agent was executed. That namespace is the launcher's, and its owner is the user who started
 * the tree. What the caller may not see is reported as unknown, never as in order. The checks
 * change nothing and print nothing.
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
	AUDIT_FINDING, /* the sandbox is not as docs/security.md promises */
	AUDIT_UNKNOWN, /* the check could not see all; what it saw is in order */
};

struct audit_result {
	enum audit_state state;
	size_t untold;	/* number of findings that did not fit into `seen` */
	char seen[400]; /* what was seen; or the findings, separated by "; " */
};

struct audit_target {
	const char *proc; /* where procfs is mounted: "/proc", except in tests */
	pid_t init;
	uint64_t caps; /* given to the sandbox's programs: having these is no finding */
	int pidfd;     /* of the init; -1 in tests: checks that need it are "unknown" */
};

/* What the checks of one sandbox share. */
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
	bool from_launcher; /* if unknown, repeat it in the launcher's user namespace */
};

extern const struct audit_check audit_checks[];
extern const size_t audit_checks_count;

/*
 * Finds the processes and the mounts of the sandbox, for audit_look. -ESRCH: process `target->init`
 * does not exist. Mounts that cannot be read are no failure: audit_begin then stores the error in
 * mounts_error. On failure there is nothing to release. Blocks while it reads /proc.
 */
int audit_begin(struct audit *audit, const struct audit_target *target, struct err *err);
void audit_release(struct audit *audit);

/* Runs one check and fills `result`. */
void audit_look(const struct audit *audit, const struct audit_check *check,
		struct audit_result *result);

#endif
