/* If a set-up fails, the launcher reports the step and its errno, and leaves nothing behind. */
#include "tests/sandbox/rig.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

const struct rig_entry rig_entries[] = {{NULL, NULL}};

static struct sandbox_event create(struct launcher *launcher, uint32_t id)
{
	struct sandbox_spec spec = rig_spec(id, SANDBOX_NO_PARENT, "pause");

	assert_int_equal(launcher_create(launcher, &spec, NULL), 0);
	return rig_next(launcher);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(10);
	close(fd);
}

/* Runs `body` in a child, which may change its own limits and mounts; its status must be 0. */
static void in_a_child(void (*body)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Becomes root of a user namespace with private mounts, where tests can cover files. */
static void enter_own_mounts(void)
{
	char map[32];
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		_exit(11);
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	put("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	put("/proc/self/gid_map", map);
}

static void expect(const struct sandbox_event *event, int code, const char *step)
{
	if (event->kind != SANDBOX_FAILED || event->err.code != code ||
	    !strstr(event->err.text, step)) {
		fprintf(stderr, "expected %s (%d); got event %d: %s (%d)\n", step, code,
			event->kind, event->err.text, event->err.code);
		_exit(12);
	}
}

static void with_a_covered_proc(void)
{
	struct launcher launcher;
	struct sandbox_event event;

	if (strcmp(rig_backend(), "lxc"))
		enter_own_mounts();
	/*
	 * The lxc backend needs more than one mapped id, so stay in the host's user namespace.
	 * There, root can cover files.
	 */
	else if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(11);
	/* Cover a part of /proc: then the kernel refuses to mount a new procfs. */
	if (mount("none", "/proc/sys/kernel", "tmpfs", 0, NULL) < 0)
		_exit(13);
	rig_start(&launcher, rig_backend());
	event = create(&launcher, 1);
	expect(&event, -EPERM, "mount /proc");
	event = create(&launcher, 1);
	expect(&event, -EPERM, "mount /proc");
	rig_stop(&launcher);
}

static void a_failed_mount_is_named(void **state)
{
	(void)state;
	/* With lxc the test stays in the host's user namespace, where only root can cover /proc. */
	if (!strcmp(rig_backend(), "lxc") && getuid() != 0)
		return;
	in_a_child(with_a_covered_proc);
}

static rlim_t few_descriptors;

static void with_few_descriptors(void)
{
	struct rlimit few = {few_descriptors, few_descriptors};
	struct launcher launcher;
	struct sandbox_event event;
	const uint32_t one[] = {0};
	uint32_t id = 0;

	setrlimit(RLIMIT_NOFILE, &few);
	rig_start(&launcher, rig_backend());
	do
		event = create(&launcher, id);
	while (event.kind == SANDBOX_CREATED && ++id < 100);
	/*
	 * With the lxc backend, accept any error code. Whichever call lacks a descriptor, liblxc
	 * reports the failure by a text of its own.
	 */
	if (!strcmp(rig_backend(), "lxc"))
		expect(&event, event.err.code, "");
	else
		expect(&event, -EMFILE, "");
	if (id == 0)
		_exit(14);
	/* Earlier sandboxes still run. Removing one frees descriptors for a new one. */
	rig_remove(&launcher, one, 1);
	if (create(&launcher, 0).kind != SANDBOX_CREATED)
		_exit(15);
	rig_stop(&launcher);
}

static void running_out_of_descriptors_is_named(void **state)
{
	(void)state;
	/*
	 * A sandbox takes several descriptors. With each of these limits, another descriptor is the
	 * first that cannot be opened.
	 */
	for (few_descriptors = 64; few_descriptors < 68; few_descriptors++)
		in_a_child(with_few_descriptors);
}

static void without_user_namespaces(void)
{
	struct launcher_options options = {
	    .backend = rig_backend(), .agent = "/bin/true", .folder = "/nonexistent"};
	struct launcher launcher;
	struct err err = {0};

	enter_own_mounts();
	/* The limit 0 forbids new user namespaces below this one. */
	put("/proc/sys/user/max_user_namespaces", "0");
	if (launcher_start(&launcher, &options, &err) >= 0)
		_exit(16);
	if (!strstr(err.text, "sysctl -w user.max_user_namespaces=")) {
		fprintf(stderr, "%s\n", err.text);
		_exit(17);
	}
}

static void no_permission_to_unshare_gets_advice(void **state)
{
	(void)state;
	in_a_child(without_user_namespaces);
}

static void an_unknown_backend_is_refused(void **state)
{
	struct launcher_options options = {.backend = "nonsense", .agent = "/bin/true"};
	struct launcher launcher;
	struct err err = {0};

	(void)state;
	assert_int_equal(launcher_start(&launcher, &options, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no backend nonsense"));
}

static void a_missing_agent_is_named(void **state)
{
	struct launcher_options options = {.backend = "process", .agent = "/nonexistent"};
	struct launcher launcher;
	struct err err = {0};

	(void)state;
	assert_int_equal(launcher_start(&launcher, &options, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_failed_mount_is_named),
	    cmocka_unit_test(running_out_of_descriptors_is_named),
	    cmocka_unit_test(no_permission_to_unshare_gets_advice),
	    cmocka_unit_test(an_unknown_backend_is_refused),
	    cmocka_unit_test(a_missing_agent_is_named),
	};

	rig_main(argc, argv);
	return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
