/*
 * The init of a container of the `lxc` backend. liblxc has already made the init's namespaces and
 * mapped its ids. The init then takes the set-up steps of the `ns` backend. So both backends
 * isolate alike, and one list describes the steps.
 */
#include "sandbox/lxc.h"

#include "sandbox/fdpass.h"
#include "sandbox/init.h"
#include "sandbox/privileges.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct lxc_boot boot;

static int say_hello(int sync, struct err *err)
{
	autoclose int self = syscall(SYS_pidfd_open, getpid(), 0);
	const char hello = LXC_HELLO;
	int r = self < 0 ? -errno : fdpass_send(sync, &hello, 1, self);

	return r < 0 ? err_errno(err, r, "greet the launcher") : 0;
}

static int hear_boot(int sync, struct err *err)
{
	int fd;
	ssize_t n = fdpass_receive(sync, &boot, sizeof(boot), &fd, NULL, 0);

	cleanup_close(&fd);
	if (n < (ssize_t)offsetof(struct lxc_boot, filter) ||
	    n != (ssize_t)(offsetof(struct lxc_boot, filter) +
			   boot.filter_length * sizeof(*boot.filter)))
		return err_errno(err, n < 0 ? n : -EPROTO, "be told what to be");
	return 0;
}

static sandbox_entry *becomes;

static int run_entry(const char *boot_line)
{
	int status = becomes(boot_line);

	return status ? status : LXC_EXIT_ZERO;
}

/*
 * Sets every signal that has a handler to its default action, as CLONE_CLEAR_SIGHAND does. The
 * kernel delivers a signal from inside the container to PID 1 only if PID 1 has a handler for it.
 */
static void clear_handlers(void)
{
	struct sigaction action;

	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			signal(number, SIG_DFL);
}

int lxc_init_main(int argc, char **argv, sandbox_entry *entry)
{
	static struct host host = {.agent = -1, .net_ns = -1, .id_range = true, .image_root = ""};
	struct init init = {.host = &host, .spec = &boot.spec};
	struct setup_report report = {{0}};

	clear_handlers();
	init.sync = atoi(argv[3]);
	if (fcntl(init.sync, F_SETFD, FD_CLOEXEC) < 0)
		return 2;
	if (say_hello(init.sync, &report.err) == 0 && hear_boot(init.sync, &report.err) == 0 &&
	    privileges_prepare(&report.err) == 0) {
		host.null = open("/dev/null", O_RDWR | O_CLOEXEC);
		becomes = entry;
		host.entry = run_entry;
		host.image = boot.image ? "image" : "";
		host.filter.program.len = boot.filter_length;
		host.filter.program.filter = boot.filter;
		host.title = argv[0];
		host.title_bytes = argv[argc - 1] + strlen(argv[argc - 1]) - argv[0];
		init_name(&init);
		ns_become(&init);
	}
	fdpass_send(init.sync, &report, sizeof(report), -1);
	return 1;
}
