/*
 * Seccomp profiles: the kernel does what a profile says, and a profile that is not understood is
 * refused.
 */
#include "base/cleanup.h"
#include "controller/profile.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SYS_ADMIN (1ull << 21)

static int compile(const char *text, uint64_t caps, int fd, struct err *err)
{
	return profile_compile(text, strlen(text), caps, fd, err);
}

static int load(int fd)
{
	struct sock_fprog program;
	struct stat st;

	fstat(fd, &st);
	program.len = (unsigned short)(st.st_size / (off_t)sizeof(struct sock_filter));
	program.filter = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/*
 * Makes a system call of one argument in a child with the profile. Returns its errno; 0 if the
 * filter let it through; 1000 + signal if the child was killed.
 */
static int try_call(const char *text, uint64_t caps, long call, long argument)
{
	autoclose int fd = memfd_create("profile", MFD_CLOEXEC);
	struct err err = {0};
	int status;
	pid_t pid;

	if (compile(text, caps, fd, &err) < 0)
		fail_msg("%s", err.text);
	pid = fork();
	if (pid == 0) {
		if (load(fd) < 0)
			_exit(200);
		/*
		 * If the filter lets the call through, the kernel refuses its arguments with an
		 * errno that no filter here uses.
		 */
		_exit(syscall(call, argument, -1, -1, -1) < 0 && errno != EBADF &&
			      errno != EFAULT && errno != EINVAL
			  ? errno
			  : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return 1000 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

#define WITH(RULES) "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" RULES "]}"
#define RULE(NAMES, MORE) "{\"names\":[" NAMES "],\"action\":\"SCMP_ACT_ERRNO\"" MORE "}"

static void what_is_said_is_done(void **state)
{
	static const char one[] = WITH(RULE("\"fchdir\",\"no_such_call\"", ",\"errnoRet\":13"));
	static const char many[] =
	    WITH(RULE("\"fchdir\"", ",\"args\":[{\"index\":0,\"value\":7,\"op\":"
				    "\"SCMP_CMP_EQ\"},{\"index\":0,"
				    "\"value\":9,\"op\":\"SCMP_CMP_GT\"}]"));
	static const char masked[] =
	    WITH(RULE("\"fchdir\"", ",\"args\":[{\"index\":0,\"value\":240,\"valueTwo\":"
				    "32,\"op\":\"SCMP_CMP_MASKED_EQ\"}]"));
	static const char kill[] =
	    WITH("{\"name\":\"fchdir\",\"action\":\"SCMP_ACT_KILL_PROCESS\"}");

	(void)state;
	assert_int_equal(try_call(one, 0, SYS_fchdir, -1), EACCES);
	assert_int_equal(try_call(one, 0, SYS_fdatasync, -1), 0);
	assert_int_equal(try_call(WITH(RULE("\"fchdir\"", "")), 0, SYS_fchdir, -1), EPERM);
	/* Each comparison of the same argument is a rule of its own. */
	assert_int_equal(try_call(many, 0, SYS_fchdir, 7), EPERM);
	assert_int_equal(try_call(many, 0, SYS_fchdir, 8), 0);
	assert_int_equal(try_call(many, 0, SYS_fchdir, 10), EPERM);
	assert_int_equal(try_call(masked, 0, SYS_fchdir, 0x2f), EPERM);
	assert_int_equal(try_call(masked, 0, SYS_fchdir, 0x3f), 0);
	assert_int_equal(try_call(kill, 0, SYS_fchdir, -1), 1000 + 31);
}

static void conditions(void **state)
{
	static const struct {
		const char *condition;
		bool with, without; /* whether the rule applies with CAP_SYS_ADMIN, without it */
	} table[] = {
	    {",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}", true, false},
	    {",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}", false, true},
	    {",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_SYS_BOOT\"]}", false, false},
	    {",\"includes\":{\"caps\":[\"CAP_OF_THE_FUTURE\"]}", false, false},
	    {",\"excludes\":{\"caps\":[\"CAP_OF_THE_FUTURE\"]}", true, true},
	    {",\"includes\":{\"minKernel\":\"4.8\"}", true, true},
	    {",\"includes\":{\"minKernel\":\"999.0\"}", false, false},
	    {",\"excludes\":{\"minKernel\":\"4.8\"}", false, false},
	    {",\"includes\":{\"arches\":[\"nonsense\"]}", false, false},
	    {",\"excludes\":{\"arches\":[\"nonsense\"]}", true, true},
	    {",\"includes\":{\"arches\":[\"amd64\",\"arm64\",\"x86\",\"arm\",\"ppc64le\","
	     "\"riscv64\","
	     "\"s390x\"]}",
	     true, true},
	    {",\"includes\":{},\"excludes\":{},\"comment\":\"none\"", true, true},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		snprintf(text, sizeof(text),
			 "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":["
			 "\"fchdir\"],\"action\":\"SCMP_ACT_ERRNO\"%s}]}",
			 table[i].condition);
		assert_int_equal(try_call(text, SYS_ADMIN, SYS_fchdir, -1),
				 table[i].with ? EPERM : 0);
		assert_int_equal(try_call(text, 0, SYS_fchdir, -1), table[i].without ? EPERM : 0);
	}
}

static void what_is_not_understood(void **state)
{
	static const struct {
		const char *text, *says;
	} table[] = {
	    {"", "line 1"},
	    {"[]", "no object"},
	    {"{}", "no action"},
	    {"{\"defaultAction\":1}", "no action"},
	    {"{\"defaultAction\":\"allow\"}", "no action that is understood: allow"},
	    {"{\"defaultAction\":\"SCMP_ACT_TRACE\"}", "no action that is understood"},
	    {"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "no action that is understood"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultAction\":\"SCMP_ACT_ALLOW\"}",
	     "line 1"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}", "errnoRet beside"},
	    {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "no number"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}", "listenerPath"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]}",
	     "flags"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_Z80\"]}",
	     "no architecture: SCMP_ARCH_Z80"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"archMap\":[{\"architecture\":\"x\"}]}",
	     "no architecture: x"},
	    {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{}}", "no array: syscalls"},
	    {WITH("{}"), "no names"},
	    {WITH("1"), "no object"},
	    {WITH("{\"names\":[1],\"action\":\"SCMP_ACT_ERRNO\"}"), "no name"},
	    {WITH("{\"names\":[],\"name\":\"read\",\"action\":\"SCMP_ACT_ERRNO\"}"), "no names"},
	    {WITH(RULE("\"read\"", ",\"priority\":1")), "priority"},
	    {WITH(RULE("\"read\"", ",\"errnoRet\":-1")), "no number"},
	    {WITH(RULE("\"read\"", ",\"args\":{}")), "args"},
	    {WITH(RULE("\"read\"", ",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]")),
	     "index"},
	    {WITH(
		 RULE("\"read\"", ",\"args\":[{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}]")),
	     "value"},
	    {WITH(RULE("\"read\"", ",\"args\":[{\"index\":0,\"value\":1,\"op\":\"EQ\"}]")),
	     "no operator that is understood: EQ"},
	    {WITH(RULE("\"read\"", ",\"args\":[{\"index\":0,\"value\":1}]")), "no operator"},
	    {WITH(RULE("\"read\"", ",\"includes\":{\"kernel\":\"4.8\"}")), "kernel"},
	    {WITH(RULE("\"read\"", ",\"includes\":{\"minKernel\":4}")), "no version"},
	    {WITH(RULE("\"read\"", ",\"excludes\":{\"minKernel\":\"4\"}")), "no version"},
	    {WITH(RULE("\"read\"", ",\"excludes\":{\"caps\":\"all\"}")), "no array: caps"},
	};
	autoclose int fd = memfd_create("profile", MFD_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct err err = {0};

		if (compile(table[i].text, 0, fd, &err) != -EINVAL ||
		    !strstr(err.text, table[i].says))
			fail_msg("%s: %s", table[i].text, err.text);
	}
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
}

static void files(void **state)
{
	char folder[] = "/tmp/profile-XXXXXX", path[64];
	struct err err = {0};
	FILE *file;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_string_equal(profile_kind(folder), "default");
	assert_int_equal(profile_open("/nowhere", 0, &err), -ENOENT);
	assert_int_equal(profile_open("/dev/zero", 0, &err), -EINVAL);
	assert_int_equal(profile_open(folder, 0, &err), -EINVAL);
	fd = profile_open(PROFILE_UNCONFINED, 0, &err);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	assert_int_equal(profile_keep(fd, folder, &err), 0);
	close(fd);
	assert_string_equal(profile_kind(folder), "unconfined");
	assert_true(profile_keep(0, folder, &err) < 0);
	snprintf(path, sizeof(path), "%s/" PROFILE_FILE, folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/profile", folder);
	file = fopen(path, "w");
	fputs(WITH(RULE("\"fchdir\"", "")), file);
	fclose(file);
	fd = profile_open(path, 0, &err);
	assert_true(fd >= 0);
	assert_int_equal(profile_keep(fd, folder, &err), 0);
	close(fd);
	assert_string_equal(profile_kind(folder), "custom");
	unlink(path);
	snprintf(path, sizeof(path), "%s/" PROFILE_FILE, folder);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_said_is_done),
	    cmocka_unit_test(conditions),
	    cmocka_unit_test(what_is_not_understood),
	    cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
