/*
 * Limits as operators write them, and the place of a process among control groups, read from
 * made-up files.
 */
#include "base/amount.h"
#include "controller/cli/limits.h"
#include "controller/limit.h"
#include "sandbox/cgroup_io.h"
#include "sandbox/cgroup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h needs the headers above. */
#include <cmocka.h>

static void test_bytes(void **state)
{
	static const char *const wrong[] = {
	    "",	      "M", "-1", "1.5M", "64MB", "64Q", "0x10", "1 M", "9999999999999999",
	    "99999T", " 1"};
	uint64_t bytes = 0;

	(void)state;
	assert_true(amount_bytes("64M", &bytes));
	assert_int_equal(bytes, 64 << 20);
	assert_true(amount_bytes("1k", &bytes));
	assert_int_equal(bytes, 1024);
	assert_true(amount_bytes("4096", &bytes));
	assert_int_equal(bytes, 4096);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(amount_bytes(wrong[i], &bytes));
	assert_int_equal(bytes, 4096);
}

static void test_fractions(void **state)
{
	static const char *const wrong[] = {"",	     ".",   "1e3", "-1", "0x1",
					    "1.2.3", "1,5", " 1",  "nan"};
	double value = 0;

	(void)state;
	assert_true(amount_fraction("0.25", &value) && value == 0.25);
	assert_true(amount_fraction("2.", &value) && value == 2);
	assert_true(amount_fraction(".5", &value) && value == 0.5);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(amount_fraction(wrong[i], &value));
}

static int parse(const char *text, struct sandbox_limits *limits)
{
	json_t *json = json_loads(text, 0, NULL);
	struct err err;
	int r = limit_parse(json, limits, &err);

	json_decref(json);
	return r;
}

static void test_members(void **state)
{
	struct sandbox_limits limits = {0};
	json_t *packed;
	char *text;

	(void)state;
	assert_int_equal(parse("{\"memory_bytes\":1048576,\"cpus\":1,\"pids\":8}", &limits), 0);
	assert_int_equal(parse("{\"pids\":null,\"cpus\":0.25}", &limits), 0);
	assert_int_equal(limits.memory_bytes, 1 << 20);
	assert_int_equal(limits.pids, 0);
	assert_int_equal(limits.cpu_milli, 250);
	packed = limit_pack(&limits);
	text = json_dumps(packed, JSON_COMPACT);
	assert_string_equal(text, "{\"memory_bytes\":1048576,\"cpus\":0.25}");
	free(text);
	json_decref(packed);
	assert_true(parse("{\"memory_bytes\":1048575}", &limits) < 0);
	assert_true(parse("{\"memory_bytes\":1e7}", &limits) < 0);
	assert_true(parse("{\"pids\":\"many\"}", &limits) < 0);
	assert_true(parse("{\"cpus\":-1}", &limits) < 0);
	assert_true(parse("{\"io\":1}", &limits) < 0);
	assert_true(parse("{\"io_bytes_per_s\":65535}", &limits) < 0);
	assert_int_equal(parse("{\"io_bytes_per_s\":65536}", &limits), 0);
	assert_int_equal(limits.io_bytes, 65536);
	assert_true(parse("[]", &limits) < 0);
}

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void test_place(void **state)
{
	char folder[] = "/tmp/limits-XXXXXX", text[512], path[256], wanted[256];
	bool unified;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < 6; i++)
		make(folder,
		     ((const char *const[]){"v1", "v1/a", "v1/a/b", "v2", "v2/c", "cpu"})[i]);
	snprintf(text, sizeof(text),
		 "none %s/v1 cgroup rw,memory 0 0\nnone %s/v2 cgroup2 rw 0 0\n"
		 "none %s/cpu cgroup rw,cpu,cpuacct 0 0\n",
		 folder, folder, folder);
	put(folder, "mounts", text);
	put(folder, "cgroup", "4:memory:/a/b\n3:cpu,cpuacct:/of/the/host\n0::/c\n");
	put(folder, "v2/c/cgroup.controllers", "cpuset pids hugetlb\n");
	assert_true(cgroup_find_place(folder, "memory", path, sizeof(path), &unified));
	snprintf(wanted, sizeof(wanted), "%s/v1/a/b", folder);
	assert_string_equal(path, wanted);
	assert_false(unified);
	assert_true(cgroup_find_place(folder, "pids", path, sizeof(path), &unified));
	snprintf(wanted, sizeof(wanted), "%s/v2/c", folder);
	assert_string_equal(path, wanted);
	assert_true(unified);
	/*
	 * In a container, the process reads a path of the host, but the mount is the process's own
	 * group already. So the place is the mount itself.
	 */
	assert_true(cgroup_find_place(folder, "cpu", path, sizeof(path), &unified));
	snprintf(wanted, sizeof(wanted), "%s/cpu", folder);
	assert_string_equal(path, wanted);
	assert_false(cgroup_find_place(folder, "io", path, sizeof(path), &unified));
	assert_false(cgroup_find_place("/nowhere", "cpu", path, sizeof(path), &unified));
	snprintf(text, sizeof(text), "rm -r %s", folder);
	assert_int_equal(system(text), 0);
}

/*
 * Checks a file of a control group. Regular files stand for those of the kernel, so each shows the
 * text that was written last.
 */
static void expect_text(const char *folder, const char *name, const char *wanted)
{
	char path[256], text[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, wanted);
}

static void test_disks(void **state)
{
	char folder[] = "/tmp/limits-XXXXXX", text[64];
	struct disks disks;
	int group;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < 4; i++)
		make(folder, ((const char *const[]){"vda", "loop0", "odd", "group"})[i]);
	put(folder, "vda/size", "2048\n");
	put(folder, "vda/dev", "254:0\n");
	put(folder, "loop0/size", "0\n");
	put(folder, "loop0/dev", "7:0\n");
	put(folder, "odd/size", "8\n");
	put(folder, "odd/dev", "254:0 rbps=1\n");
	disks_find(&disks, folder);
	assert_int_equal(disks.count, 1);
	assert_string_equal(disks.numbers[0], "254:0");
	put(folder, "group/io.max", "");
	put(folder, "group/blkio.throttle.read_bps_device", "");
	put(folder, "group/blkio.throttle.write_bps_device", "");
	snprintf(text, sizeof(text), "%s/group", folder);
	group = open(text, O_PATH | O_DIRECTORY);
	assert_int_equal(cgroup_write_io(group, true, &disks, 65536), 0);
	expect_text(folder, "group/io.max", "254:0 rbps=65536 wbps=65536");
	put(folder, "group/io.max", "");
	assert_int_equal(cgroup_write_io(group, true, &disks, 0), 0);
	expect_text(folder, "group/io.max", "254:0 rbps=max wbps=max");
	assert_int_equal(cgroup_write_io(group, false, &disks, 65536), 0);
	expect_text(folder, "group/blkio.throttle.read_bps_device", "254:0 65536");
	expect_text(folder, "group/blkio.throttle.write_bps_device", "254:0 65536");
	disks_release(&disks);
	/* Without disks, no I/O limit can be set. Removing an I/O limit succeeds. */
	assert_int_equal(cgroup_write_io(group, true, &disks, 65536), -ENODEV);
	assert_int_equal(cgroup_write_io(group, true, &disks, 0), 0);
	disks_find(&disks, "/nowhere");
	assert_int_equal(disks.count, 0);
	close(group);
	snprintf(text, sizeof(text), "rm -r %s", folder);
	assert_int_equal(system(text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes),   cmocka_unit_test(test_fractions),
	    cmocka_unit_test(test_members), cmocka_unit_test(test_place),
	    cmocka_unit_test(test_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
