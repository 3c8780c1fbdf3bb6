/* The doctor's probes of what liblxc needs: a range of ids for a namespace, and itself. */
#include "sandbox/doctor_probes.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool doctor_in_path(const char *program, char *path, size_t size)
{
	const char *folders = getenv("PATH");
	autofree char *copy = strdup(folders ? folders : "/usr/bin:/bin");

	for (char *rest = copy, *folder; rest && (folder = strsep(&rest, ":"));) {
		int n = snprintf(path, size, "%s/%s", folder, program);

		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* The first range that /etc/subuid or subgid gives this user. */
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

static int have_user_ns(void *data)
{
	(void)data;
	pause(); /* until the probe is over, and kills us */
	return 1;
}

static int run_helper(const char *path, char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0)
			dup2(null, STDERR_FILENO);
		execv(path, argv);
		_exit(127);
	}
	return pid < 0 ? -1 : doctor_wait(pid);
}

/* Root needs no helper, but a container's root may not have the ids. */
static void map_as_root(struct doctor_finding *finding, pid_t pid)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0 100000 65536\n", 15) != 15)
		doctor_lack_errno(
		    finding, errno,
		    "give the container 65536 ids more (its own uid_map is too small)",
		    "map 65536 ids as root");
	else
		doctor_ok(finding, "root maps them itself");
}

static void map_by_helper(struct doctor_finding *finding, pid_t pid)
{
	static const struct {
		const char *file, *program;
	} kinds[] = {{"/etc/subuid", "newuidmap"}, {"/etc/subgid", "newgidmap"}};
	const struct passwd *entry = getpwuid(geteuid());
	const char *user = entry ? entry->pw_name : "";
	char target[16], path[PATH_MAX], from[24], count_text[24], own[16], mend[200];
	unsigned long first = 0, count = 0;

	snprintf(target, sizeof(target), "%d", (int)pid);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!doctor_in_path(kinds[i].program, path, sizeof(path))) {
			doctor_lack(finding, "apt install uidmap", "no %s in PATH",
				    kinds[i].program);
			return;
		}
		if (!find_range(kinds[i].file, user, &first, &count)) {
			snprintf(
			    mend, sizeof(mend),
			    "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
			    *user ? user : "USER");
			doctor_lack(finding, mend, "no range for this user in %s", kinds[i].file);
			return;
		}
		snprintf(own, sizeof(own), "%u", i ? getegid() : geteuid());
		snprintf(from, sizeof(from), "%lu", first);
		snprintf(count_text, sizeof(count_text), "%lu", count);
		char *argv[] = {(char *)kinds[i].program,
				target,
				(char *)"0",
				own,
				(char *)"1",
				(char *)"1",
				from,
				count_text,
				NULL};
		if (run_helper(path, argv) != 0) {
			doctor_lack(finding, "apt install --reinstall uidmap",
				    "%s refuses the range of %s", kinds[i].program, kinds[i].file);
			return;
		}
	}
	doctor_ok(finding, "mapped %lu ids from %lu on", count, first);
}

void doctor_id_ranges(struct doctor_finding *finding)
{
	struct err err;
	int pidfd;
	pid_t pid = doctor_clone(CLONE_NEWUSER, &pidfd, have_user_ns, NULL, &err);

	if (pid < 0)
		doctor_lack(finding, "", "%s", err.text);
	else if (geteuid() == 0)
		map_as_root(finding, pid);
	else
		map_by_helper(finding, pid);
}

void doctor_liblxc(struct doctor_finding *finding)
{
	static const char *const places[] = {"/usr/lib*/liblxc.so.1", "/usr/lib/*/liblxc.so.1",
					     "/usr/local/lib*/liblxc.so.1"};
	char path[PATH_MAX];

	if (!doctor_in_path("lxc-start", path, sizeof(path))) {
		doctor_lack(finding, "apt install lxc", "no lxc-start in PATH");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		glob_t found = {0};
		bool there = !glob(places[i], 0, NULL, &found);

		if (there)
			doctor_ok(finding, "%s", found.gl_pathv[0]);
		globfree(&found);
		if (there)
			return;
	}
	doctor_lack(finding, "apt install liblxc1", "lxc-start is there, but no liblxc.so.1");
}
