/*
 * System calls that a node does not need. The arguments make a permitted call harmless: a bad magic
 * number, an empty list, a bad descriptor.
 */
#include "tests/sandbox/escape.h"

#include <linux/keyctl.h>
#include <linux/reboot.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NOWHERE 8192 /* no open descriptor; the filter decides before the kernel sees that */
#define HIGH_BIT 0x100000000UL

/*
 * Sets the clock to its current time, the smallest possible change. errno tells whether the kernel
 * permitted the call.
 */
static int set_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return escape_refused(clock_settime(CLOCK_REALTIME, &now), "clock_settime");
}

/*
 * Requests a personality without address randomization and with executable data. All programs that
 * are started later would inherit it.
 */
static int change_personality(void)
{
	return escape_refused(syscall(SYS_personality, ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC),
			      "personality");
}

static int create_key(void)
{
	return escape_refused(
	    syscall(SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_PROCESS_KEYRING), "add_key");
}

static int find_key(void)
{
	return escape_refused(syscall(SYS_request_key, "user", "escape", 0, 0), "request_key");
}

static int set_host_name(void)
{
	char name[] = "escaped";

	return escape_refused(syscall(SYS_sethostname, name, sizeof(name) - 1), "sethostname");
}

#define CALL(label, class, number, ...)                                                            \
	{                                                                                          \
		.name = label, .about = class, .call = number, .args = { __VA_ARGS__ }             \
	}

const struct escape escape_calls[] = {
    CALL("tiocsti", "CVE-2017-5226", SYS_ioctl, NOWHERE, TIOCSTI, 0),
    CALL("tiocsti-high-bits", "CVE-2019-10063", SYS_ioctl, NOWHERE, HIGH_BIT | TIOCSTI, 0),
    CALL("tioclinux", "CVE-2023-28100", SYS_ioctl, NOWHERE, TIOCLINUX, 0),
    CALL("tioclinux-high-bits", "CVE-2023-28100", SYS_ioctl, NOWHERE, HIGH_BIT | TIOCLINUX, 0),
    CALL("bpf", "CVE-2021-3490 and its kind", SYS_bpf, 0, 0, 0),
    CALL("keyctl", "CVE-2016-0728", SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, 0),
    {.name = "add-key", .about = "class: keyring", .attempt = create_key},
    {.name = "request-key", .about = "class: keyring", .attempt = find_key},
    CALL("io-uring", "CVE-2022-29582 and its kind", SYS_io_uring_setup, 0, 0),
    CALL("userfaultfd", "class: races made easy", SYS_userfaultfd, 0x40000000),
    CALL("perf-event", "CVE-2013-2094", SYS_perf_event_open, 0, 0, 0, NOWHERE, 0),
    CALL("kexec", "class: another kernel", SYS_kexec_load, 0, 0, 0, HIGH_BIT),
    CALL("init-module", "class: kernel module", SYS_init_module, 0, 0, 0),
    CALL("finit-module", "class: kernel module", SYS_finit_module, NOWHERE, 0, 0),
    CALL("delete-module", "class: kernel module", SYS_delete_module, 0, 0),
    CALL("reboot", "class: reboot", SYS_reboot, 0, 0, LINUX_REBOOT_CMD_CAD_OFF, 0),
    CALL("swapon", "class: swap", SYS_swapon, 0, 0),
    CALL("swapoff", "class: swap", SYS_swapoff, 0),
    {.name = "set-clock", .about = "class: the host's time", .attempt = set_clock},
    CALL("syslog", "class: the host's log", SYS_syslog, 10 /* SIZE_BUFFER */, 0, 0),
    CALL("quotactl", "class: quota", SYS_quotactl, 0x80000700 /* Q_GETINFO */, 0, 0, 0),
    CALL("acct", "class: accounting", SYS_acct, 1 /* a bad address */),
    CALL("iopl", "class: ports", SYS_iopl, 3),
    CALL("ioperm", "class: ports", SYS_ioperm, 0x80, 1, 1),
    CALL("vhangup", "class: terminal", SYS_vhangup, 0),
    CALL("fanotify", "class: watching the host's files", SYS_fanotify_init, 0, 0),
    CALL("kcmp", "class: kernel addresses", SYS_kcmp, 1, 1, 0, 0, 0),
    CALL("move-pages", "class: memory of others", SYS_move_pages, 1, 0, 0, 0, 0),
    {.name = "personality", .about = "class: personality", .attempt = change_personality},
    {.name = "hostname", .about = "class: host name", .attempt = set_host_name},
    {0},
};
