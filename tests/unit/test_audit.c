/*
 * Runs each check of an audit on a folder that stands for /proc. If a sandbox is as promised, all
 * checks pass. If a test plants a fault in it, the check for this fault finds the fault.
 */
#include "base/cleanup.h"
#include "sandbox/audit_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "self"
#define LAUNCHER "1000"
#define INIT "2000"
#define PROGRAM "2001"
#define OTHER "3000" /* a process of the host */

static char proc[] = "/tmp/tree-test-audit.XXXXXX";

static const char status[] = "Name:\t%s\nPPid:\t%s\nUid:\t992\t992\t992\t992\n"
			     "Gid:\t992\t992\t992\t992\nGroups:\t \nCapInh:\t0000000000000000\n"
			     "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
			     "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\n"
			     "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";

static const char limits[] =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max core file size        0                    0                    bytes     \n"
    "Max processes             512                  512                  processes \n"
    "Max open files            4096                 4096                 files     \n"
    "Max locked memory         65536                65536                bytes     \n";

/* The text of mountinfo. The mount at / gets the id of the mount that holds the test's folder. */
static const char mounts[] =
    "%d 8453 0:234 / / ro,nosuid,nodev,relatime - tmpfs bonsai rw,size=1024k\n"
    "55 %d 254:0 /usr /usr ro,nosuid,nodev,relatime - ext4 /dev/vda rw,discard\n"
    "57 %d 0:6 /null /dev/null ro,nosuid,noexec,relatime shared:7 - devtmpfs devtmpfs rw\n"
    "65 %d 0:21 / /proc rw,relatime - proc proc rw\n"
    "68 65 0:314 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
    "72 68 0:314 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
    "74 68 0:6 /null /proc/kcore ro,nosuid,noexec,relatime - devtmpfs devtmpfs rw\n"
    "76 %d 0:315 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro\n"
    "77 %d 0:736 / /run rw,nosuid,nodev,relatime - tmpfs run rw,size=65536k\n"
    "78 %d 0:737 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,mode=600\n";

static const char *at(const char *pid, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s%s%s", proc, pid, *name ? "/" : "", name);
	return path;
}

static void put(const char *pid, const char *name, const char *text)
{
	FILE *file = fopen(at(pid, name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void point(const char *pid, const char *name, const char *target)
{
	unlink(at(pid, name));
	assert_int_equal(symlink(target, at(pid, name)), 0);
}

/*
 * Gives the namespaces of a process numbers that are computed from `series`. The namespaces in
 * `host_like` get the host's numbers.
 */
static void put_namespaces(const char *pid, int series, const char *host_like)
{
	char name[16], target[32];

	mkdir(at(pid, ""), 0700);
	mkdir(at(pid, "ns"), 0700);
	for (int i = 0; i < AUDIT_NAMESPACES; i++) {
		bool hosts = strstr(host_like, audit_namespaces[i]);

		snprintf(name, sizeof(name), "ns/%s", audit_namespaces[i]);
		snprintf(target, sizeof(target), "%s:[%d]", audit_namespaces[i],
			 hosts ? 100 + i : 100 * series + i);
		point(pid, name, target);
	}
}

static int own_mount(void)
{
	struct statx stx;

	assert_int_equal(statx(AT_FDCWD, proc, 0, STATX_MNT_ID, &stx), 0);
	return (int)stx.stx_mnt_id;
}

static void put_process(const char *pid, const char *name, const char *parent)
{
	char text[1024];

	snprintf(text, sizeof(text), status, name, parent);
	put(pid, "status", text);
	put(pid, "limits", limits);
	mkdir(at(pid, "fd"), 0700);
	mkdir(at(pid, "fdinfo"), 0700);
	point(pid, "root", proc);
	point(pid, "cwd", proc);
	point(pid, "exe", proc);
	point(pid, "fd/0", "/dev/null");
	put(pid, "fdinfo/0", "pos:\t0\nmnt_id:\t9999\n");
	point(pid, "fd/3", "anon_inode:[eventfd]");
	point(pid, "fd/4", "pipe:[77]");
	point(pid, "fd/5", "/run/file");
	put(pid, "fdinfo/5", "pos:\t0\nflags:\t02\nmnt_id:\t77\nino:\t5\n");
}

static void put_mounts(const char *more)
{
	char text[4096];
	int own = own_mount(), len;

	len = snprintf(text, sizeof(text), mounts, own, own, own, own, own, own, own);
	snprintf(text + len, sizeof(text) - (size_t)len, "%s", more);
	put(INIT, "mountinfo", text);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_proc(void **state)
{
	(void)state;
	return nftw(proc, drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes a sandbox that is as promised. */
static int make_proc(void **state)
{
	(void)state;
	strcpy(proc + sizeof(proc) - 7, "XXXXXX");
	if (!mkdtemp(proc))
		return -1;
	put_namespaces(HOST, 1, "");
	put_namespaces(LAUNCHER, 2, "pid uts ipc cgroup");
	put_namespaces(INIT, 3, "");
	put_namespaces(PROGRAM, 3, "");
	put_namespaces(OTHER, 1, "");
	put_process(LAUNCHER, "bonsai-launcher", "1");
	put_process(OTHER, "cron", "1");
	put_process(INIT, "bonsai-node", LAUNCHER);
	put_process(PROGRAM, "sleep", INIT);
	put_mounts("");
	put(INIT, "uid_map", "         0        992          1\n");
	put(INIT, "gid_map", "         0        992          1\n");
	put("sys", "", "");
	put("kcore", "", "");
	return 0;
}

static struct audit_result look(const char *name)
{
	const struct audit_target target = {.proc = proc, .init = atoi(INIT), .pidfd = -1};
	struct audit_result result = {.state = AUDIT_UNKNOWN};
	struct audit audit;
	size_t found = 0;

	assert_int_equal(audit_begin(&audit, &target, NULL), 0);
	for (size_t i = 0; i < audit_checks_count; i++) {
		if (strcmp(audit_checks[i].name, name))
			continue;
		audit_look(&audit, &audit_checks[i], &result);
		found++;
	}
	audit_release(&audit);
	assert_int_equal(found, 1);
	return result;
}

static void found_by(const char *check, const char *text)
{
	struct audit_result result = look(check);

	if (result.state != AUDIT_FINDING || !strstr(result.seen, text))
		print_error("%s: state %d: %s\n", check, result.state, result.seen);
	assert_int_equal(result.state, AUDIT_FINDING);
	assert_non_null(strstr(result.seen, text));
}

static void unknown_to(const char *check)
{
	struct audit_result result = look(check);

	if (result.state != AUDIT_UNKNOWN)
		print_error("%s: state %d: %s\n", check, result.state, result.seen);
	assert_int_equal(result.state, AUDIT_UNKNOWN);
}

/* --- tests --- */

static void one_that_is_as_promised(void **state)
{
	(void)state;
	for (size_t i = 0; i < audit_checks_count; i++) {
		struct audit_result result = look(audit_checks[i].name);

		/* The check "agent" needs a live process, so here its result is unknown. */
		if (!strcmp(audit_checks[i].name, "agent"))
			assert_int_equal(result.state, AUDIT_UNKNOWN);
		else if (result.state != AUDIT_OK)
			fail_msg("%s: %s", audit_checks[i].name, result.seen);
	}
	assert_string_equal(look("processes").seen, "2, all in its namespaces");
	assert_string_equal(look("mounts").seen,
			    "9, all as promised; writable: /proc /run /dev/pts");
}

static void none_that_is_gone(void **state)
{
	const struct audit_target target = {.proc = proc, .init = 4000, .pidfd = -1};
	struct audit audit;

	(void)state;
	assert_int_equal(audit_begin(&audit, &target, NULL), -ESRCH);
}

static void namespaces(void **state)
{
	(void)state;
	point(INIT, "ns/net", "net:[103]");
	found_by("namespaces", "its net namespace is the host's");
	point(INIT, "ns/net", "net:[203]");
	found_by("namespaces", "its net namespace is the launcher's");
	found_by("processes", "process 2001 (sleep) is in another net namespace");
	/*
	 * Without the file ns/pid of the init, the audit looks for descendants of the init, and the
	 * result is unknown.
	 */
	point(INIT, "ns/net", "net:[303]");
	unlink(at(INIT, "ns/pid"));
	unknown_to("processes");
	unknown_to("namespaces");
}

/* Faults planted in files, each with the check that must find it. */
static const struct planted {
	const char *pid, *file, *text;
	const char *check, *found;
} planted[] = {
    {INIT, "uid_map", "0 0 1\n", "ids", "id 0 of its uid_map is 0 on the host"},
    {INIT, "gid_map", "0 0 1\n", "ids", "id 0 of its gid_map is 0 on the host"},
    {INIT, "uid_map", "0 992 2\n", "ids", "2 ids"},
    {INIT, "uid_map", "0 992 1\n1 100000 65536\n", "ids", "several ranges"},
    {INIT, "uid_map", "", "ids", "makes no sense"},
    {INIT, "uid_map", "0 993 1\n", "ids", "the agent has Uid 992"},
    {PROGRAM, "limits", "Max processes 1 unlimited processes\n", "rlimits", "unlimited, not 512"},
    {PROGRAM, "limits", "Max processes 1 512 processes\nMax open files 9 4097 files\n", "rlimits",
     "4097, not 4096"},
    {INIT, "limits", "Max processes 1 unlimited processes\n", "rlimits",
     "no Max open files of the agent"},
    {PROGRAM, "limits", "Max processes 512 513 processes\n", "rlimits", "513, not 512"},
    {PROGRAM, "limits", "", "rlimits", "no Max processes of process 2001 (sleep)"},
};

static void files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(planted); i++) {
		char *kept = NULL;
		size_t size = 0;
		FILE *file = fopen(at(planted[i].pid, planted[i].file), "r");

		assert_non_null(file);
		assert_true(getdelim(&kept, &size, '\0', file) >= 0);
		fclose(file);
		put(planted[i].pid, planted[i].file, planted[i].text);
		found_by(planted[i].check, planted[i].found);
		put(planted[i].pid, planted[i].file, kept);
		free(kept);
		assert_int_equal(look(planted[i].check).state, AUDIT_OK);
	}
}

/* Replaces a line of the file `status`, of the agent and of a program. A check must find it. */
static void status_lines(void **state)
{
	static const struct {
		const char *line, *other, *check, *found;
	} lines[] = {
	    {"CapInh:\t0000000000000000", "CapInh:\t0000000000002000", "capabilities", "CapInh of"},
	    {"CapPrm:\t0000000000000000", "CapPrm:\t0000000000000001", "capabilities", "CapPrm of"},
	    {"CapEff:\t0000000000000000", "CapEff:\t000001ffffffffff", "capabilities", "CapEff of"},
	    {"CapBnd:\t0000000000000000", "CapBnd:\t8000000000000000", "capabilities", "CapBnd of"},
	    {"CapAmb:\t0000000000000000", "CapAmb:\t0000000000000400", "capabilities", "CapAmb of"},
	    {"CapAmb:\t0000000000000000", "CapAmb:\tnone\t\t\t", "capabilities", "is none"},
	    {"NoNewPrivs:\t1", "NoNewPrivs:\t0", "no_new_privs", "is 0, not 1"},
	    {"Seccomp:\t2", "Seccomp:\t0", "seccomp", "is 0, not 2"},
	    {"Uid:\t992\t992\t992\t992", "Uid:\t992\t0\t992\t992", "ids", "has Uid 0"},
	    {"Gid:\t992\t992\t992\t992", "Gid:\t992\t992\t992\t4", "ids", "has Gid 4"},
	};
	static const char *const pids[] = {INIT, PROGRAM};
	char good[1024], bad[1024], *from;

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lines); i++) {
		const char *line = lines[i / 2].line, *other = lines[i / 2].other;

		snprintf(good, sizeof(good), status, i % 2 ? "sleep" : "bonsai-node",
			 i % 2 ? INIT : LAUNCHER);
		from = strstr(good, line);
		assert_non_null(from);
		snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(from - good), good, other,
			 from + strlen(line));
		put(pids[i % 2], "status", bad);
		found_by(lines[i / 2].check, lines[i / 2].found);
		found_by(lines[i / 2].check, i % 2 ? "process 2001 (sleep)" : "the agent");
		put(pids[i % 2], "status", good);
		assert_int_equal(look(lines[i / 2].check).state, AUDIT_OK);
	}
}

static void mounts_that_are_not_promised(void **state)
{
	static const struct {
		const char *line, *found;
	} lines[] = {
	    {"90 55 254:0 /home /mnt ro,nosuid,nodev - ext4 /dev/vda rw",
	     "/home (ext4) is mounted at /mnt"},
	    {"90 55 254:0 / /usr/local rw,nosuid,nodev - ext4 /dev/vda rw",
	     "/usr/local can be written"},
	    {"90 55 254:0 / /usr/local ro,nodev - ext4 /dev/vda rw", "/usr/local is not nosuid"},
	    {"90 55 254:0 / /usr/local ro,nosuid - ext4 /dev/vda rw", "/usr/local is not nodev"},
	    {"90 77 0:40 / /run/x rw,nosuid,nodev - tmpfs x rw", "/ (tmpfs) is mounted at /run/x"},
	    {"90 68 0:41 / /proc/x ro,nosuid,nodev - ext4 /dev/vda rw", "mounted at /proc/x"},
	    {"90 57 0:6 /sda /dev/sda ro,nosuid - devtmpfs d rw", "/sda (devtmpfs)"},
	    {"90 57 254:0 /a\\040b /usr\\040x ro,nosuid,nodev - ext4 d rw",
	     "/a b (ext4) is mounted at /usr x"},
	    {"90 72 0:42 / /proc/sys ro,nosuid,nodev - ext4 d rw", "mounted at /proc/sys"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		put_mounts(lines[i].line);
		found_by("mounts", lines[i].found);
	}
	/* A mount covered by another at the same place is not reported: no path leads to it. */
	put_mounts("90 55 254:0 /home /mnt rw - ext4 d rw\n91 90 0:1 / /mnt ro,nosuid,nodev - "
		   "tmpfs t rw\n");
	found_by("mounts", "/ (tmpfs) is mounted at /mnt");
	assert_null(strstr(look("mounts").seen, "ext4"));
	put_mounts("no mount at all\n");
	unknown_to("mounts");
	unknown_to("masks");
	unknown_to("places");
	unknown_to("descriptors");
}

static void entries_of_proc_that_are_open(void **state)
{
	(void)state;
	put("timer_list", "", "");
	found_by("masks", "/proc/timer_list is not covered");
	put_mounts("90 68 0:314 /timer_list /proc/timer_list ro,nosuid,nodev - proc proc rw\n");
	found_by("masks", "/proc/timer_list can be read");
	put_mounts("90 68 0:6 /null /proc/timer_list rw,nosuid - devtmpfs d rw\n");
	found_by("masks", "/proc/timer_list can be written");
	put_mounts("90 68 0:6 /null /proc/timer_list ro,nosuid - devtmpfs d rw\n");
	assert_string_equal(look("masks").seen, "3 entries of /proc are covered");
}

static void descriptors(void **state)
{
	static const struct {
		const char *link, *info, *found;
	} links[] = {
	    {"/etc/shadow", "mnt_id:\t29\n", "holds /etc/shadow from outside (descriptor 9)"},
	    {"/etc/shadow", "pos:\t0\n", "holds /etc/shadow"},
	    {"/", "mnt_id:\t29\n", "holds / from outside"},
	    {"/dev/pts/3", "mnt_id:\t29\n", "holds /dev/pts/3"},
	    {"net:[103]", "mnt_id:\t4\n", "holds net:[103]"},
	    {"anon_inode:[io_uring]", "mnt_id:\t77\n", "holds anon_inode:[io_uring]"},
	    {"anon_inode:bpf-map", "mnt_id:\t77\n", "holds anon_inode:bpf-map"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		point(PROGRAM, "fd/9", links[i].link);
		put(PROGRAM, "fdinfo/9", links[i].info);
		found_by("descriptors", links[i].found);
	}
	point(PROGRAM, "fd/9", "socket:[5]");
	unknown_to("sockets");
}

static void places(void **state)
{
	static const char *const names[] = {"root", "cwd", "exe"};
	char found[64];

	(void)state;
	/*
	 * The real /proc is on another mount than the test's folder, so a link to it leads outside.
	 */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		point(PROGRAM, names[i], "/proc");
		snprintf(found, sizeof(found), "the %s of process 2001 (sleep) lies outside",
			 names[i]);
		found_by("places", found);
		point(PROGRAM, names[i], proc);
	}
	point(INIT, "exe", "/proc");
	assert_int_equal(look("places").state, AUDIT_OK);
}

static void what_may_not_be_seen(void **state)
{
	static const char *const checks[] = {"ids", "rlimits", "capabilities"};
	static const char *const files_of[] = {"uid_map", "limits", "status"};

	(void)state;
	/* Replace the files by folders: not even root can read a folder as a file. */
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		const char *pid = i ? PROGRAM : INIT;

		unlink(at(pid, files_of[i]));
		mkdir(at(pid, files_of[i]), 0700);
		unknown_to(checks[i]);
	}
	unlink(at(INIT, "mountinfo"));
	unknown_to("mounts");
}

static void a_process_that_ends_meanwhile(void **state)
{
	(void)state;
	unlink(at(PROGRAM, "status"));
	unlink(at(PROGRAM, "limits"));
	assert_int_equal(look("capabilities").state, AUDIT_OK);
	assert_int_equal(look("rlimits").state, AUDIT_OK);
	assert_int_equal(look("ids").state, AUDIT_OK);
}

static void a_name_that_is_no_text(void **state)
{
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), status, "a\033[2J\x80", INIT);
	put(PROGRAM, "status", text);
	point(PROGRAM, "fd/9", "/etc/shadow");
	put(PROGRAM, "fdinfo/9", "mnt_id:\t29\n");
	found_by("descriptors", "process 2001 (a?[2J?)");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_proc, remove_proc)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_that_is_as_promised),
	    TEST(none_that_is_gone),
	    TEST(namespaces),
	    TEST(files),
	    TEST(status_lines),
	    TEST(mounts_that_are_not_promised),
	    TEST(entries_of_proc_that_are_open),
	    TEST(descriptors),
	    TEST(places),
	    TEST(what_may_not_be_seen),
	    TEST(a_process_that_ends_meanwhile),
	    TEST(a_name_that_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
