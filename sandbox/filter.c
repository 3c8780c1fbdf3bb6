#include "sandbox/filter.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LOW_HALF                                                                                   \
	0xffffffffULL /* the kernel uses only these 32 bits of the arguments (CVE-2019-10063) */

#define CALLS_MAX 1024 /* larger than all system call numbers */

/*
 * The system calls that programs need. The list is the default of container engines (moby's
 * profiles/seccomp/default.json), without the calls that need a capability. A name that this
 * architecture or libseccomp does not know is skipped.
 *
 * clone3 is not in the list: its flags are behind a pointer, so the filter cannot check them. The
 * filter makes clone3 return ENOSYS; then libc uses clone.
 */
static const char allowed[] =
    "accept accept4 access adjtimex alarm arch_prctl bind brk capget capset chdir chmod chown "
    "clock_getres clock_gettime clock_nanosleep clone close close_range connect copy_file_range "
    "creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait "
    "eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate "
    "fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock "
    "fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_waitv futimesat getcpu "
    "getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid "
    "getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit get_robust_list "
    "getrusage getsid getsockname getsockopt get_thread_area gettid gettimeofday getuid getxattr "
    "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy "
    "io_getevents io_pgetevents ioprio_get ioprio_set io_setup io_submit kill landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listxattr "
    "llistxattr lremovexattr lseek lsetxattr lstat madvise membarrier memfd_create mincore mkdir "
    "mkdirat mknod mknodat mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open "
    "mq_timedreceive mq_timedsend mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock "
    "munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_getfd pidfd_open "
    "pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 "
    "preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv process_vm_writev "
    "pselect6 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom "
    "recvmmsg recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir "
    "rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam "
    "sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval "
    "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select "
    "semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto setfsgid setfsuid setgid "
    "setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit "
    "set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setxattr shmat "
    "shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 socket socketpair splice stat "
    "statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time "
    "timer_create timer_delete timerfd_create timerfd_gettime timerfd_settime timer_getoverrun "
    "timer_gettime timer_settime times tkill truncate umask uname unlink unlinkat utime utimensat "
    "utimes vfork vmsplice wait4 waitid write writev";

static const unsigned long long namespaces[] = {
    CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,	 CLONE_NEWUSER,
    CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP,
};

/* Adds one rule: the call returns EPERM if its argument `arg` equals `value` under `mask`. */
static int forbid(scmp_filter_ctx ctx, int call, unsigned arg, unsigned long long mask,
		  unsigned long long value)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), call, 1,
				SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

/*
 * The BPF program that allows system calls by their numbers. The allowed numbers lie in a few dozen
 * ranges, and the program is a binary search among the bounds of these ranges. It is a third as
 * long as the program that libseccomp makes of 300 rules. The length matters, since the kernel
 * converts, tests and compiles the program again for each sandbox.
 */
struct search {
	struct sock_filter *code;
	size_t len, allow, deny;   /* indexes of the instructions that allow and that deny */
	uint32_t bound[CALLS_MAX]; /* numbers at which the verdict changes; below the first: deny */
	size_t bounds;
};

/*
 * Writes the search among the bounds with the indexes low to high - 1. Returns the index of the
 * search's first instruction.
 */
static size_t add_search(struct search *search, size_t low, size_t high)
{
	size_t at = search->len, middle = (low + high) / 2, below, above;

	if (low == high)
		return low % 2 ? search->allow : search->deny;
	search->len++;
	below = add_search(search, low, middle);
	above = add_search(search, middle + 1, high);
	search->code[at] = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, search->bound[middle], above - at - 1, below - at - 1);
	return at;
}

static void find_bounds(struct search *search)
{
	char names[sizeof(allowed)], *save = NULL;
	bool may[CALLS_MAX] = {false}, last = false;

	memcpy(names, allowed, sizeof(allowed));
	for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		int call = seccomp_syscall_resolve_name(name);

		if (call >= 0 && call < CALLS_MAX)
			may[call] = true;
	}
	search->bounds = 0;
	for (uint32_t call = 0; call < CALLS_MAX; call++) {
		if (may[call] != last)
			search->bound[search->bounds++] = call;
		last = may[call];
	}
	if (last)
		search->bound[search->bounds++] = CALLS_MAX;
}

/*
 * Makes the BPF program that allows the listed calls. For all other calls it returns ENOSYS, as if
 * the kernel did not have them.
 */
static int list_calls(struct sock_fprog *program)
{
	struct search search;

	find_bounds(&search);
	search.code = calloc(search.bounds + 3, sizeof(*search.code));
	if (!search.code)
		return -ENOMEM;
	/* A conditional jump of classic BPF skips at most 255 instructions. */
	if (search.bounds > 250) {
		free(search.code);
		return -E2BIG;
	}
	search.deny = search.bounds + 1;
	search.allow = search.bounds + 2;
	search.code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						      offsetof(struct seccomp_data, nr));
	search.len = 1;
	add_search(&search, 0, search.bounds);
	search.code[search.deny] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	search.code[search.allow] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program->filter = search.code;
	program->len = search.bounds + 3;
	return 0;
}

static int check_arguments(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(namespaces) && r == 0; i++)
		r = forbid(ctx, SCMP_SYS(clone), 0, namespaces[i], namespaces[i]);
	/*
	 * TIOCSTI puts characters into the terminal's input, where another process that shares the
	 * terminal reads them (CVE-2017-5226). TIOCLINUX can do the same on a virtual console.
	 */
	if (r == 0)
		r = forbid(ctx, SCMP_SYS(ioctl), 1, LOW_HALF, TIOCSTI);
	if (r == 0)
		r = forbid(ctx, SCMP_SYS(ioctl), 1, LOW_HALF, TIOCLINUX);
	/*
	 * Allow only the socket families AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK. Of AF_NETLINK
	 * allow only NETLINK_ROUTE and NETLINK_SOCK_DIAG: by these, programs read the network's
	 * configuration.
	 */
	for (int family = AF_UNSPEC; family < AF_NETLINK && r == 0; family++)
		if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
			r = forbid(ctx, SCMP_SYS(socket), 0, LOW_HALF, family);
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
				     SCMP_A0_64(SCMP_CMP_GT, AF_NETLINK));
	for (int protocol = NETLINK_ROUTE + 1; protocol < MAX_LINKS && r == 0; protocol++)
		if (protocol != NETLINK_SOCK_DIAG)
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 2,
					     SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW_HALF, AF_NETLINK),
					     SCMP_A2_64(SCMP_CMP_MASKED_EQ, LOW_HALF, protocol));
	/*
	 * Forbid a program to set limits of other processes: the agent passes its own limits on to
	 * every program that it starts later (base/programs.h).
	 */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 2,
				     SCMP_A0_64(SCMP_CMP_NE, 0), SCMP_A2_64(SCMP_CMP_NE, 0));
	return r;
}

/*
 * Copies the compiled filter from libseccomp into memory. libseccomp 2.5 can write a filter only to
 * a descriptor.
 */
static int export(scmp_filter_ctx ctx, struct sock_fprog *program)
{
	autoclose int fd = memfd_create("seccomp", MFD_CLOEXEC);
	autofree struct sock_filter *code = NULL;
	off_t len;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	len = lseek(fd, 0, SEEK_END);
	code = malloc(len);
	if (!code)
		return -ENOMEM;
	if (pread(fd, code, len, 0) != len)
		return -EIO;
	program->len = len / sizeof(*code);
	program->filter = steal_ptr(&code);
	return 0;
}

/* Compiles the checks of arguments, and libseccomp's check of the calls' architecture. */
static int compile_arguments(struct sock_fprog *program)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!ctx)
		return -ENOMEM;
	/*
	 * Make the filter a binary tree. When a filter is loaded, the kernel runs the filter once
	 * for each system call number, so a linear filter would take longer to load.
	 */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = check_arguments(ctx);
	if (r == 0)
		r = export(ctx, program);
	seccomp_release(ctx);
	return r;
}

/*
 * Joins two BPF programs to one. Where `first` allows a call, the joined program goes on with
 * `second`. The kernel compiles each program that a process loads, so one program costs half as
 * much as two. Jumps of classic BPF are relative. So only the instructions of `first` that return
 * "allow" change: they become jumps to `second`.
 */
static int join(struct sock_fprog *joined, const struct sock_fprog *first,
		const struct sock_fprog *second)
{
	size_t len = first->len + second->len;
	struct sock_filter *code = calloc(len, sizeof(*code));

	if (!code)
		return -ENOMEM;
	memcpy(code, first->filter, first->len * sizeof(*code));
	memcpy(code + first->len, second->filter, second->len * sizeof(*code));
	for (size_t i = 0; i < first->len; i++)
		if (code[i].code == (BPF_RET | BPF_K) && code[i].k == SECCOMP_RET_ALLOW)
			code[i] =
			    (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, first->len - i - 1);
	joined->len = len;
	joined->filter = code;
	return 0;
}

static int compile_both(struct sock_fprog *program)
{
	struct sock_fprog arguments = {0}, calls = {0};
	int r = compile_arguments(&arguments);

	if (r == 0)
		r = list_calls(&calls);
	if (r == 0)
		r = join(program, &arguments, &calls);
	free(arguments.filter);
	free(calls.filter);
	return r;
}

/*
 * Runs in a child. Writes the compiled filter to `fd` and exits. The exit status is the errno, or
 * 0.
 */
static void __attribute__((noreturn)) compile_for(int fd)
{
	struct sock_fprog program = {0};
	int r = compile_both(&program);
	ssize_t bytes = program.len * sizeof(*program.filter);

	if (r == 0 && write(fd, program.filter, bytes) != bytes)
		r = -EIO;
	_exit(-r);
}

/*
 * Compiles the filter in a child, since libseccomp leaves the heap in small pieces. If the launcher
 * compiled it, the kernel would have to copy, after each clone, every page of these pieces that the
 * launcher writes to.
 */
int filter_compile(struct filter *filter, struct err *err)
{
	autoclose int fd = memfd_create("seccomp", MFD_CLOEXEC);
	pid_t pid = fd < 0 ? -1 : fork();
	int status;
	off_t bytes;

	if (pid < 0)
		return err_errno(err, -errno, "compile the seccomp filter");
	if (pid == 0)
		compile_for(fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, -errno, "compile the seccomp filter");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_errno(err, WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO,
				 "compile the seccomp filter");
	bytes = lseek(fd, 0, SEEK_END);
	filter->program.filter = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (filter->program.filter == MAP_FAILED)
		return err_errno(err, -errno, "map the seccomp filter");
	filter->program.len = bytes / sizeof(*filter->program.filter);
	return 0;
}

int filter_take(struct filter *filter, int fd, struct err *err)
{
	autoclose int taken = fd;
	struct stat st;
	void *code;

	if (fstat(taken, &st) < 0)
		return err_errno(err, -errno, "take a seccomp filter");
	if (!S_ISREG(st.st_mode) || st.st_size % (off_t)sizeof(struct sock_filter) ||
	    st.st_size / (off_t)sizeof(struct sock_filter) > BPF_MAXINSNS)
		return err_text(err, -EINVAL, "take a seccomp filter: it is none");
	filter->program = (struct sock_fprog){0};
	if (!st.st_size)
		return 0;
	code = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, taken, 0);
	if (code == MAP_FAILED)
		return err_errno(err, -errno, "map the seccomp filter");
	filter->program.filter = code;
	filter->program.len = (unsigned short)(st.st_size / (off_t)sizeof(struct sock_filter));
	return 0;
}

int filter_prepare(struct filter *filter, struct err *err)
{
	const char *given = getenv(FILTER_ENV);

	return given ? filter_take(filter, atoi(given), err) : filter_compile(filter, err);
}

int filter_load(const struct filter *filter, struct err *err)
{
	if (!filter->program.len)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->program) < 0)
		return err_errno(err, -errno, "load the seccomp filter");
	return 0;
}
