/*
 * For the checks of an audit: what the kernel shows of a process, read from files as text and
 * never believed to be well-formed; and how a check says what it has seen.
 *
 * The readers return 0 or a negative errno. A process may end at any moment: audit_miss tells
 * that apart from what may not be seen.
 */
#ifndef BONSAI_SANDBOX_AUDIT_PROC_H
#define BONSAI_SANDBOX_AUDIT_PROC_H

#include "sandbox/audit.h"

#include <stdbool.h>
#include <stdint.h>

#define AUDIT_NAMESPACES 7
extern const char *const audit_namespaces[AUDIT_NAMESPACES]; /* "user", "mnt" … */

struct audit_mount {
	int id, parent;
	bool read_only, nosuid, nodev;
	bool covered; /* by another on the very same place: it can't be named */
	char point[256];
	char root[256]; /* what of its file system is mounted */
	char type[32];
};

/* PROC/PID/NAME as a text. Cut at size - 1. */
int audit_read(const char *proc, pid_t pid, const char *name, char *text, size_t size);

/* Where the link PROC/PID/NAME leads. */
int audit_link(const char *proc, pid_t pid, const char *name, char *target, size_t size);

/* The rest of the line of PROC/PID/status that begins with "KEY:", without blanks around it. */
int audit_status(const char *proc, pid_t pid, const char *key, char *value, size_t size);

/* A line of mountinfo, see proc_pid_mountinfo(5); false: it makes no sense. */
bool audit_parse_mount(const char *line, struct audit_mount *mount);

/* All of a process; *mounts is the caller's to free. -EPROTO: a line makes no sense. */
int audit_read_mounts(const char *proc, pid_t pid, struct audit_mount **mounts, size_t *count);

/* That of this number; NULL when there is none. */
const struct audit_mount *audit_mount_of(const struct audit *audit, int id);

/* --- what a check says --- */

/* A finding, or several: each adds to the text. */
void audit_find(struct audit_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Could not be seen, for this errno; of a process that has ended there is nothing to see. */
void audit_miss(struct audit_result *result, int error, const char *what);

/* The same of what is there for sure, like all of the init. */
void audit_fail(struct audit_result *result, int error, const char *what);

/* What was seen, unless something is to be told that is worse. */
void audit_see(struct audit_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "the agent", or "process 23 (sleep)"; the text is good until the next call but one. */
const char *audit_who(const struct audit *audit, pid_t pid);

/* audit_mounts.c and audit_files.c; the others are beside their table. */
void audit_check_mounts(const struct audit *audit, struct audit_result *result);
void audit_check_masks(const struct audit *audit, struct audit_result *result);
void audit_check_places(const struct audit *audit, struct audit_result *result);
void audit_check_descriptors(const struct audit *audit, struct audit_result *result);
void audit_check_sockets(const struct audit *audit, struct audit_result *result);

#endif
