#include "controller/uids.h"

#include "base/amount.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ID_MAX 4294967294u /* 2^32 - 1 is no id */
#define RANGES_MAX 8

int uids_read(const char *word, uint32_t *first, uint32_t *count, struct err *err)
{
	const char *colon = strchr(word, ':');
	uint64_t from = 0, many = 0;
	char text[24];

	if (!colon || snprintf(text, sizeof(text), "%.*s", (int)(colon - word), word) >= 24 ||
	    !amount_count(text, ID_MAX, &from) || !amount_count(colon + 1, ID_MAX, &many))
		return err_text(err, -EINVAL,
				"--uid-range takes FIRST:COUNT, as 2100000000:65536: %.40s", word);
	if (!from || !many)
		return err_text(err, -EINVAL, "--uid-range: %s: %.40s",
				from ? "there is no id in it" : "0 is root of the host", word);
	if (from + many - 1 > ID_MAX)
		return err_text(err, -EINVAL, "--uid-range: ids end at %u: %.40s", ID_MAX, word);
	*first = (uint32_t)from;
	*count = (uint32_t)many;
	return 0;
}

struct range {
	uint32_t inside, outside, count;
};

static size_t read_map(const char *proc, const char *who, const char *name,
		       struct range ranges[RANGES_MAX])
{
	char path[PATH_MAX];
	size_t found = 0;
	FILE *map;

	snprintf(path, sizeof(path), "%s/%s/%s", proc, who, name);
	map = fopen(path, "re");
	while (map && found < RANGES_MAX &&
	       fscanf(map, "%u %u %u", &ranges[found].inside, &ranges[found].outside,
		      &ranges[found].count) == 3)
		found++;
	if (map)
		fclose(map);
	return found;
}

/*
 * Finds the host id of the root user in the user namespace of process `who`. The kernel shows a
 * process's map relative to the reader's namespace; this process's own map translates that to the
 * host. If both processes are in the same namespace, the map shows the parent namespace's ids
 * already (user_namespaces(7)).
 */
static bool find_outside(const char *proc, const char *who, const char *name, uint32_t *id)
{
	struct range own[RANGES_MAX] = {0}, theirs[RANGES_MAX] = {0};
	size_t count = read_map(proc, "self", name, own);
	size_t theirs_count = read_map(proc, who, name, theirs);

	if (!count || !theirs_count || theirs[0].inside)
		return false;
	if (count == theirs_count && !memcmp(own, theirs, count * sizeof(*own))) {
		*id = theirs[0].outside;
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		if (theirs[0].outside < own[i].inside ||
		    theirs[0].outside - own[i].inside >= own[i].count)
			continue;
		*id = own[i].outside + (theirs[0].outside - own[i].inside);
		return true;
	}
	return false;
}

bool uids_of(const char *proc, pid_t pid, uint32_t *uid, uint32_t *gid)
{
	char who[16];

	snprintf(who, sizeof(who), "%d", (int)pid);
	return find_outside(proc, who, "uid_map", uid) && find_outside(proc, who, "gid_map", gid);
}
