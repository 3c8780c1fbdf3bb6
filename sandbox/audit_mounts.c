/*
 * Audit of a sandbox's mounts: a list of all mounts that docs/security.md promises. Any mount that
 * is not in the list is a finding.
 */
#include "sandbox/audit_proc.h"

#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The list is repeated here, independent of the code that mounts. So the audit finds a flag that
 * the launcher forgets.
 */
static const struct promised {
	const char *point;
	const char *type; /* NULL: the host's file system, of any type */
	bool below;	  /* mounts at paths below `point` match too */
	bool writable, device;
} promised[] = {
    {"/", "tmpfs", false, false, false},
    {"/", "overlay", false, true, false},
    {"/usr", NULL, true, false, false},
    {"/bin", NULL, true, false, false},
    {"/sbin", NULL, true, false, false},
    {"/lib", NULL, true, false, false},
    {"/lib32", NULL, true, false, false},
    {"/lib64", NULL, true, false, false},
    {"/libx32", NULL, true, false, false},
    {"/etc/alternatives", NULL, false, false, false},
    {"/etc/ld.so.cache", NULL, false, false, false},
    {"/etc/localtime", NULL, false, false, false},
    {"/dev", "tmpfs", false, false, false},
    {"/dev/null", NULL, false, false, true},
    {"/dev/zero", NULL, false, false, true},
    {"/dev/full", NULL, false, false, true},
    {"/dev/random", NULL, false, false, true},
    {"/dev/urandom", NULL, false, false, true},
    {"/dev/tty", NULL, false, false, true},
    {"/dev/pts", "devpts", false, true, true},
    {"/proc", "proc", false, true, false},
    {"/proc", "tmpfs", true, false, false},   /* an empty tmpfs that hides a folder */
    {"/proc", "devtmpfs", true, false, true}, /* the null device, which hides a file */
    {"/proc/bus", "proc", false, false, false},
    {"/proc/fs", "proc", false, false, false},
    {"/proc/irq", "proc", false, false, false},
    {"/proc/sys", "proc", false, false, false},
    {"/proc/sysrq-trigger", "proc", false, false, false},
    {"/sys", "sysfs", false, false, false},
    {"/run", "tmpfs", false, true, false},
};

/*
 * Entries of /proc that must be covered: read-only, or (`hidden`) so that programs cannot read
 * them.
 */
static const struct {
	const char *name;
	bool hidden;
} masks[] = {
    {"bus", false},	      {"fs", false},	       {"irq", false},	      {"sys", false},
    {"sysrq-trigger", false}, {"acpi", true},	       {"asound", true},      {"kcore", true},
    {"keys", true},	      {"latency_stats", true}, {"sched_debug", true}, {"scsi", true},
    {"timer_list", true},     {"timer_stats", true},
};

static const struct promised *find_promise(const struct audit_mount *mount)
{
	for (size_t i = 0; i < ARRAY_SIZE(promised); i++) {
		size_t len = strlen(promised[i].point);

		if (promised[i].type && strcmp(promised[i].type, mount->type))
			continue;
		if (!strcmp(promised[i].point, mount->point) ||
		    (promised[i].below && !strncmp(promised[i].point, mount->point, len) &&
		     mount->point[len] == '/'))
			return &promised[i];
	}
	return NULL;
}

static void check_mount(const struct audit_mount *mount, struct audit_result *result)
{
	const struct promised *promise = find_promise(mount);

	if (!promise) {
		audit_find(result, "%.80s (%s) is mounted at %.80s", mount->root, mount->type,
			   mount->point);
		return;
	}
	if (!mount->read_only && !promise->writable)
		audit_find(result, "%s can be written", mount->point);
	if (!mount->nosuid)
		audit_find(result, "%s is not nosuid", mount->point);
	if (!mount->nodev && !promise->device)
		audit_find(result, "%s is not nodev", mount->point);
}

void audit_check_mounts(const struct audit *audit, struct audit_result *result)
{
	char writable[128] = "";
	size_t named = 0;

	if (audit->mounts_error)
		audit_fail(result, audit->mounts_error, "its mounts");
	for (size_t i = 0; i < audit->mounts_count; i++) {
		const struct audit_mount *mount = &audit->mounts[i];
		size_t len = strlen(writable);

		if (mount->covered)
			continue;
		named++;
		check_mount(mount, result);
		if (!mount->read_only)
			snprintf(writable + len, sizeof(writable) - len, " %.40s", mount->point);
	}
	audit_see(result, "%zu, all as promised; writable:%s", named,
		  *writable ? writable : " none");
}

/* The mount that a path lookup of `point` finds. NULL: no mount there. */
static const struct audit_mount *seen_at(const struct audit *audit, const char *point)
{
	for (size_t i = 0; i < audit->mounts_count; i++)
		if (!audit->mounts[i].covered && !strcmp(audit->mounts[i].point, point))
			return &audit->mounts[i];
	return NULL;
}

void audit_check_masks(const struct audit *audit, struct audit_result *result)
{
	size_t covered = 0;

	if (audit->mounts_error) {
		audit_fail(result, audit->mounts_error, "its mounts");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		char path[PATH_MAX], point[64];
		const struct audit_mount *mount;

		/* An entry of /proc that this kernel does not have need not be covered. */
		snprintf(path, sizeof(path), "%s/%s", audit->target.proc, masks[i].name);
		if (access(path, F_OK) < 0)
			continue;
		snprintf(point, sizeof(point), "/proc/%s", masks[i].name);
		mount = seen_at(audit, point);
		if (!mount)
			audit_find(result, "%s is not covered", point);
		else if (!mount->read_only)
			audit_find(result, "%s can be written", point);
		else if (masks[i].hidden && !strcmp(mount->type, "proc"))
			audit_find(result, "%s can be read", point);
		else
			covered++;
	}
	audit_see(result, "%zu entries of /proc are covered", covered);
}
