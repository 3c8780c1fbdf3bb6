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

static int find(int kind, unsigned long *first, unsigned long *count, struct err *err)
{
	const struct passwd *entry = getpwuid(geteuid());
	const char *user = entry ? entry->pw_name : "";

	if (find_range(kinds[kind].file, user, first, count))
		return 0;
	return err_text(
	    err, -ENODATA,
	    "%s gives this user no range of ids, as the lxc backend needs one; add it with: "
	    "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
	    kinds[kind].file, *user ? user : "USER");
}

int subids_find(unsigned long *first, unsigned long *count, struct err *err)
{
	return find(0, first, count, err);
}

static int run(char *const argv[], struct err *err)
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
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_text(err, -ENOENT,
				"there is no %s, as the lxc backend needs it; install it with: apt "
				"install uidmap",
				argv[0]);
	return status ? err_text(err, -EPERM, "%s refuses the range that is given to this user",
				 argv[0])
		      : 0;
}

int subids_map(pid_t pid, struct err *err)
{
	char target[16], own[16], from[24], many[24];
	unsigned long first = 0, count = 0, first_uid = 0, uids = 0;
	int r = 0;

	snprintf(target, sizeof(target), "%d", (int)pid);
	for (int i = 0; i < (int)ARRAY_SIZE(kinds) && r == 0; i++) {
		r = find(i, &first, &count, err);
		if (r < 0)
			break;
		if (i == 0) {
			first_uid = first;
			uids = count;
		} else if (first != first_uid || count != uids) {
			return err_text(err, -ENODATA,
					"%s and %s give this user different ranges: the lxc "
					"backend needs the same",
					kinds[0].file, kinds[1].file);
		}
		snprintf(own, sizeof(own), "%u", i ? getegid() : geteuid());
		snprintf(from, sizeof(from), "%lu", first);
		snprintf(many, sizeof(many), "%lu", count);
		char *argv[] = {(char *)kinds[i].program,
				target,
				(char *)"0",
				own,
				(char *)"1",
				from,
				from,
				many,
				NULL};
		r = run(argv, err);
	}
	return r;
}
