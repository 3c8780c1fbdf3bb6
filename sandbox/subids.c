#include "sandbox/subids.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
	const char *file, *program;
} kinds[] = {{"/etc/subuid", "newuidmap"}, {"/etc/subgid", "newgidmap"}};

static bool find_range(const char *file, const char *user, unsigned long *first,
		       unsigned long *count)
{
	FILE *ranges = fopen(file, "re");
	char line[256], name[128], uid[16];
	bool found = false;

	snprintf(uid, sizeof(uid), "%u", geteuid());
	while (ranges && !found && fgets(line, sizeof(line), ranges))
		found = sscanf(line, "%127[^:]:%lu:%lu", name, first, count) == 3 &&
			(!strcmp(name, user) || !strcmp(name, uid));
	if (ranges)
		fclose(ranges);
	return found;
}

static int find(int kind, struct subids *ids, struct err *err)
{
	const struct passwd *entry = getpwuid(geteuid());
	const char *user = entry ? entry->pw_name : "";

	if (find_range(kinds[kind].file, user, &ids->first, &ids->count))
		return 0;
	snprintf(ids->mend, sizeof(ids->mend),
		 "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %.64s",
		 *user ? user : "USER");
	return err_text(err, -ENODATA, "no range for this user in %s", kinds[kind].file);
}

static int run(char *const argv[], struct subids *ids, struct err *err)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0)
			dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return err_errno(err, -errno, "run %s", argv[0]);
	if (status == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		strcpy(ids->mend, "apt install uidmap");
		return err_text(err, -ENOENT, "no %s in PATH", argv[0]);
	}
	strcpy(ids->mend, "apt install --reinstall uidmap");
	return err_text(err, -EPERM, "%s refuses the range of this user", argv[0]);
}

static int map(int kind, pid_t pid, struct subids *ids, struct err *err)
{
	char target[16], own[16], from[24], many[24];
	char *argv[] = {(char *)kinds[kind].program,
			target,
			(char *)"0",
			own,
			(char *)"1",
			from,
			from,
			many,
			NULL};

	snprintf(target, sizeof(target), "%d", (int)pid);
	snprintf(own, sizeof(own), "%u", kind ? getegid() : geteuid());
	snprintf(from, sizeof(from), "%lu", ids->first);
	snprintf(many, sizeof(many), "%lu", ids->count);
	return run(argv, ids, err);
}

int subids_map(pid_t pid, struct subids *ids, struct err *err)
{
	struct subids groups = {0};
	int r;

	*ids = groups;
	r = find(0, ids, err);
	if (r == 0)
		r = find(1, &groups, err);
	if (r < 0) {
		if (*groups.mend)
			*ids = groups;
		return r;
	}
	/* The ranges must be equal: a node's user id and group id are the same number. */
	if (ids->first != groups.first || ids->count != groups.count) {
		snprintf(ids->mend, sizeof(ids->mend), "make them the same, by editing both");
		return err_text(err, -ENODATA, "the ranges for this user in %s and %s differ",
				kinds[0].file, kinds[1].file);
	}
	r = map(0, pid, ids, err);
	return r < 0 ? r : map(1, pid, ids, err);
}
