/* The folder of a tree: made private, held, swept when no process holds it, and removed. */
#include "controller/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void touch(const struct rundir *dir, const char *name)
{
	char path[RUNDIR_PATH_BYTES + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void is_private_and_goes(void **state)
{
	struct rundir dir;
	struct stat st;
	char path[RUNDIR_PATH_BYTES];

	(void)state;
	assert_int_equal(rundir_create(&dir, NULL, NULL), 0);
	assert_int_equal(stat(dir.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	strcpy(path, dir.path);
	touch(&dir, "api");
	rundir_remove(&dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_string_equal(dir.path, "");
	rundir_remove(&dir);
}

static void a_live_one_is_left_alone_a_stale_one_swept(void **state)
{
	struct rundir live, stale, next;
	struct err err;

	(void)state;
	assert_int_equal(rundir_create(&live, NULL, &err), 0);
	assert_int_equal(rundir_create(&stale, NULL, &err), 0);
	touch(&stale, "events");
	/* Make the files that the lxc backend leaves in the folder. */
	assert_int_equal(mkdirat(stale.fd, "lxc", 0755), 0);
	assert_int_equal(mkdirat(stale.fd, "lxc/n8", 0755), 0);
	touch(&stale, "lxc/n8/config");
	/* Close the folder, as if its owner had been killed. */
	close(stale.fd);
	assert_int_equal(rundir_create(&next, NULL, &err), 0);
	assert_int_equal(access(live.path, F_OK), 0);
	assert_int_equal(access(stale.path, F_OK), -1);
	rundir_remove(&next);
	rundir_remove(&live);
}

static void a_path_that_is_none_of_ours_is_left_alone(void **state)
{
	char path[] = "/tmp/bonsai-test-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(path));
	rundir_remove_path(path);
	rundir_remove_path("/");
	rundir_remove_path("");
	rundir_remove_path("tree-relative");
	assert_int_equal(access(path, F_OK), 0);
	rmdir(path);
}

static void a_named_tree_is_found_and_changes_hands(void **state)
{
	struct rundir made, other;
	struct rundir_tree tree, *trees = NULL;
	size_t count = 0;
	bool listed = false;

	(void)state;
	rundir_find("unit-1", &tree);
	assert_int_equal(tree.state, RUNDIR_FREE);
	assert_int_equal(rundir_attach(&other, "unit-1", NULL), -ENOENT);
	assert_int_equal(rundir_create(&made, "unit-1", NULL), 0);
	assert_int_equal(rundir_create(&other, "unit-1", NULL), -EEXIST);
	rundir_find("unit-1", &tree);
	assert_int_equal(tree.state, RUNDIR_SERVED);
	assert_int_equal(tree.controller, getpid());
	assert_string_equal(tree.path, made.path);
	assert_int_equal(rundir_attach(&other, "unit-1", NULL), -EBUSY);
	/* Release the lock, as if the controller had been killed while its launcher lives on. */
	close(made.turn);
	rundir_find("unit-1", &tree);
	assert_int_equal(tree.state, RUNDIR_HELD);
	assert_int_equal(rundir_create(&other, "unit-1", NULL), -EEXIST);
	assert_int_equal(rundir_attach(&other, "unit-1", NULL), 0);
	rundir_find("unit-1", &tree);
	assert_int_equal(tree.state, RUNDIR_SERVED);
	assert_int_equal(rundir_list(&trees, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		listed |= !strcmp(trees[i].name, "unit-1");
	assert_true(listed);
	free(trees);
	close(made.fd);
	rundir_find("unit-1", &tree);
	assert_int_equal(tree.state, RUNDIR_FREE);
	rundir_remove(&other);
	assert_int_equal(access(made.path, F_OK), -1);
}

static void a_name_is_no_path(void **state)
{
	static const char *const good[] = {"main", "a", "x-1.y_2", "0",
					   "abcdefghijklmnopqrstuvwxyz012345"};
	static const char *const bad[] = {
	    "",	   ".",	      "..",	"a/b",
	    "-a",  "a b",     "tree-x", "abcdefghijklmnopqrstuvwxyz0123456",
	    "a\n", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(rundir_is_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(rundir_is_name(bad[i]));
}

static void a_folder_open_to_others_is_refused(void **state)
{
	char runtime[] = "/tmp/bonsai-test-XXXXXX", base[64];
	struct rundir dir;
	struct err err;

	(void)state;
	/* Become nobody for this test: root's folder is the host's own and must not be touched. */
	bool root = geteuid() == 0;

	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_non_null(mkdtemp(runtime));
	snprintf(base, sizeof(base), "%s/bonsai", runtime);
	assert_int_equal(mkdir(base, 0700), 0);
	assert_int_equal(chmod(base, 0777), 0);
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	assert_int_equal(rundir_create(&dir, NULL, &err), 0);
	assert_int_not_equal(strncmp(dir.path, runtime, strlen(runtime)), 0);
	rundir_remove(&dir);
	unsetenv("XDG_RUNTIME_DIR");
	rmdir(base);
	rmdir(runtime);
	if (root)
		assert_int_equal(seteuid(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_private_and_goes),
	    cmocka_unit_test(a_live_one_is_left_alone_a_stale_one_swept),
	    cmocka_unit_test(a_named_tree_is_found_and_changes_hands),
	    cmocka_unit_test(a_name_is_no_path),
	    cmocka_unit_test(a_path_that_is_none_of_ours_is_left_alone),
	    cmocka_unit_test(a_folder_open_to_others_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
