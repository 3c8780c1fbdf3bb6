/* The seccomp filter as the kernel would run it: listed calls, other calls, and edge cases. */
#include "sandbox/filter.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#define FOREIGN AUDIT_ARCH_I386
#else
#define NATIVE AUDIT_ARCH_AARCH64
#define FOREIGN AUDIT_ARCH_ARM
#endif
#define X32_BIT 0x40000000

static struct filter filter;

static bool jumps(const struct sock_filter *code, uint32_t a)
{
	switch (BPF_OP(code->code)) {
	case BPF_JEQ:
		return a == code->k;
	case BPF_JGT:
		return a > code->k;
	case BPF_JGE:
		return a >= code->k;
	case BPF_JSET:
		return a & code->k;
	}
	fail_msg("jump %#x", code->code);
	return false;
}

/* Interprets the part of classic BPF that filters use. Programs end, because jumps go forward. */
static uint32_t run(const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < filter.program.len; at++) {
		const struct sock_filter *code = &filter.program.filter[at];

		switch (code->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(code->k % 4 == 0 && code->k + 4 <= sizeof(*data));
			memcpy(&a, (const char *)data + code->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= code->k;
			break;
		case BPF_JMP | BPF_JA:
			at += code->k;
			break;
		case BPF_RET | BPF_K:
			return code->k;
		default:
			assert_int_equal(BPF_CLASS(code->code), BPF_JMP);
			at += jumps(code, a) ? code->jt : code->jf;
		}
	}
	fail_msg("ran off its end");
	return 0;
}

static uint32_t verdict(int call, uint64_t first, uint64_t second, uint64_t third)
{
	const struct seccomp_data data = {
	    .nr = call, .arch = NATIVE, .args = {first, second, third}};

	return run(&data);
}

static void allows_what_programs_need(void **state)
{
	static const int calls[] = {
	    SYS_read,	   SYS_write,	SYS_close,    SYS_mmap,	       SYS_munmap,
	    SYS_brk,	   SYS_ioctl,	SYS_execve,   SYS_exit,	       SYS_exit_group,
	    SYS_wait4,	   SYS_kill,	SYS_clone,    SYS_openat,      SYS_socket,
	    SYS_connect,   SYS_accept4, SYS_sendmsg,  SYS_epoll_pwait, SYS_futex,
	    SYS_getrandom, SYS_statx,	SYS_rseq,     SYS_faccessat2,  SYS_prctl,
	    SYS_seccomp,   SYS_setsid,	SYS_eventfd2, SYS_signalfd4,   SYS_clock_gettime,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		assert_int_equal(verdict(calls[i], AF_UNIX, 0, 0), SECCOMP_RET_ALLOW);
}

static void has_no_other(void **state)
{
	static const int calls[] = {
	    SYS_mount,
	    SYS_umount2,
	    SYS_pivot_root,
	    SYS_unshare,
	    SYS_setns,
	    SYS_clone3,
	    SYS_bpf,
	    SYS_keyctl,
	    SYS_add_key,
	    SYS_swapon,
	    SYS_reboot,
	    SYS_init_module,
	    SYS_kexec_load,
	    SYS_chroot,
	    SYS_open_by_handle_at,
	    SYS_perf_event_open,
	    SYS_io_uring_setup,
	    SYS_fsopen,
	    SYS_move_mount,
	    SYS_open_tree,
	    SYS_userfaultfd,
	    SYS_quotactl,
	    SYS_acct,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		assert_int_equal(verdict(calls[i], 0, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	/* A call number above the last known one is refused. */
	for (int call = 600; call < 5000; call++)
		assert_int_equal(verdict(call, 0, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	/* A number of the x32 ABI, and negative numbers, are not allowed. */
	assert_int_not_equal(verdict(SYS_read | X32_BIT, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_not_equal(verdict(-1, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_not_equal(verdict(INT32_MIN, 0, 0, 0), SECCOMP_RET_ALLOW);
}

static void looks_at_arguments(void **state)
{
	static const struct {
		int call;
		uint64_t first, second, third;
	} refused[] = {
	    {SYS_clone, CLONE_NEWUSER, 0, 0},
	    {SYS_clone, CLONE_NEWNET | CLONE_VM, 0, 0},
	    {SYS_ioctl, 0, TIOCSTI, 0},
	    {SYS_ioctl, 0, TIOCSTI | 1ULL << 32, 0},
	    {SYS_ioctl, 0, TIOCLINUX, 0},
	    {SYS_socket, AF_PACKET, SOCK_RAW, 0},
	    {SYS_socket, AF_VSOCK, SOCK_STREAM, 0},
	    {SYS_socket, AF_NETLINK, SOCK_RAW, 12},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_int_equal(
		    verdict(refused[i].call, refused[i].first, refused[i].second, refused[i].third),
		    SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(verdict(SYS_socket, AF_INET, SOCK_STREAM, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(SYS_socket, AF_NETLINK, SOCK_RAW, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(SYS_clone, CLONE_VM | CLONE_THREAD, 0, 0), SECCOMP_RET_ALLOW);
}

static void is_of_one_architecture(void **state)
{
	const struct seccomp_data data = {.nr = SYS_read, .arch = FOREIGN};

	(void)state;
	assert_int_not_equal(run(&data), SECCOMP_RET_ALLOW);
}

/* The filter must be short: the kernel converts, checks and compiles it again in each sandbox. */
static void is_short(void **state)
{
	(void)state;
	assert_in_range(filter.program.len, 1, 320);
}

static int compile_once(void **state)
{
	struct err err;

	(void)state;
	return filter_compile(&filter, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(allows_what_programs_need),
	    cmocka_unit_test(has_no_other),
	    cmocka_unit_test(looks_at_arguments),
	    cmocka_unit_test(is_of_one_architecture),
	    cmocka_unit_test(is_short),
	};

	return cmocka_run_group_tests_name("filter", tests, compile_once, NULL);
}
