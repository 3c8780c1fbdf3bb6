/*
 * Functions for the checks of an audit. The readers return what the kernel shows of a process in
 * /proc. The other functions report what a check has seen.
 *
 * The readers parse text files, and never rely on these files to be well-formed. They return 0 or a
 * negative errno. A process may end at any moment: audit_miss ignores the errors that come from
 * that.
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
	bool covered; /* a later mount hides this mount: no path leads to it */
	char point[256];
	char root[256]; /* the root of the mount within its file system */
	char type[32];
};

/*
 * Reads the file PROC/PID/NAME as a text, cut at size - 1 bytes. `pid` 0: the caller's own process.
 */
int audit_read(const char *proc, pid_t pid, const char *name, char *text, size_t size);

/* Reads the target of the link PROC/PID/NAME. `pid` 0: the caller's own process. */
int audit_link(const char *proc, pid_t pid, const char *name, char *target, size_t size);

/*
 * Reads the value after "KEY:" in PROC/PID/status, without the blanks around the value. -ENODATA:
 * there is no such line.
 */
int audit_status(const char *proc, pid_t pid, const char *key, char *value, size_t size);

/* Parses a line of mountinfo, see proc_pid_mountinfo(5). False: the line is malformed. */
bool audit_parse_mount(const char *line, struct audit_mount *mount);

/* Reads all mounts of a process. The caller frees *mounts. -EPROTO: a line is malformed. */
int audit_read_mounts(const char *proc, pid_t pid, struct audit_mount **mounts, size_t *count);

/* Returns the mount with the number `id`. NULL: there is no such mount. */
const struct audit_mount *audit_mount_of(const struct audit *audit, int id);

/* --- results of a check --- */

/* Records a finding. Several findings of a check are joined to one text. */
void audit_find(struct audit_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Records that `what` could not be seen because of `error`. If `error` says that the process has
 * ended, records nothing.
 */
void audit_miss(struct audit_result *result, int error, const char *what);

/*
 * As audit_miss, but treats every `error` as "unknown", even ENOENT and ESRCH. For what must exist,
 * such as all that belongs to the init.
 */
void audit_fail(struct audit_result *result, int error, const char *what);

/* Records what the check has seen. Does nothing if the check has a finding or is "unknown". */
void audit_see(struct audit_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Returns "the agent", or a text like "process 23 (sleep)". The text is valid until the second next
 * call.
 */
const char *audit_who(const struct audit *audit, pid_t pid);

/* The checks in audit_mounts.c and audit_files.c. The other checks are in audit_table.c. */
void audit_check_mounts(const struct audit *audit, struct audit_result *result);
void audit_check_masks(const struct audit *audit, struct audit_result *result);
void audit_check_places(const struct audit *audit, struct audit_result *result);
void audit_check_descriptors(const struct audit *audit, struct audit_result *result);
void audit_check_sockets(const struct audit *audit, struct audit_result *result);

#endif
