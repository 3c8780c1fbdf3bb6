#include "sandbox/cloner.h"

#include "sandbox/fdpass.h"

#include "base/cleanup.h"
#include "base/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_LIMIT_S 10

/* The cloner's descriptors, after the three standard ones. */
enum { OWN_FD = 3, NULL_FD, AGENT_FD, FIRST_OTHER_FD };

/*
 * Libraries that an init does not use. Some are used by the launcher only; libzmq links the others
 * for features that no node uses (GSSAPI, NORM). The mappings of these libraries are half of all
 * mappings. Without them, each clone has fewer mappings to copy, and each exit fewer to free. A
 * library that is not listed here stays in the clones.
 */
static const char *const unused[] = {
    "libnl-3.",	       "libnl-route-3.", "libseccomp.",	 "libjansson.", "libnorm.",
    "libgssapi_krb5.", "libkrb5.",	 "libk5crypto.", "libcom_err.", "libkrb5support.",
    "libkeyutils.",    "libresolv.",	 "libpthread.",	 "libmd.",
};

static bool is_unused(const struct dl_phdr_info *info)
{
	const char *slash = strrchr(info->dlpi_name, '/');
	const char *name = slash ? slash + 1 : info->dlpi_name;

#ifdef __SANITIZE_ADDRESS__
	return false; /* the sanitizer reads all libraries for its report */
#endif
	for (int i = 0; i < info->dlpi_phnum; i++)
		/*
		 * Keep a library with thread-local variables: a new thread copies the initial
		 * values of these variables from the library.
		 */
		if (info->dlpi_phdr[i].p_type == PT_TLS)
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(unused); i++)
		if (strncmp(name, unused[i], strlen(unused[i])) == 0)
			return true;
	return false;
}

/*
 * Keeps the library out of clones (MADV_DONTFORK). Does not unmap the library, since the cloner
 * itself may look up a symbol in it at any time.
 */
static int keep_from_clones(struct dl_phdr_info *info, size_t size, void *unneeded)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from, to;

	(void)size;
	(void)unneeded;
	if (!is_unused(info))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD)
			continue;
		from = (info->dlpi_addr + part->p_vaddr) & ~(page - 1);
		to = (info->dlpi_addr + part->p_vaddr + part->p_memsz + page - 1) & ~(page - 1);
		/* Ignore a failure: it only makes clones slower. */
		madvise((void *)from, to - from, MADV_DONTFORK);
	}
	return 0;
}

static int keep_descriptor(int fd, int as)
{
	return fd < 0 || fd == as ? fd : dup3(fd, as, O_CLOEXEC);
}

/*
 * Closes all descriptors that the cloner inherited from the launcher, except the ones it needs.
 * Among the closed ones are the lock of the tree's folder and the netlink socket of each node.
 *
 * A needed descriptor may have the number that another needed descriptor is to get. So first move
 * all of them to higher numbers.
 */
static void keep_few(struct host *host, int *own)
{
	int high[3] = {*own, host->null, host->agent};
	const int places[3] = {OWN_FD, NULL_FD, AGENT_FD};

	for (int i = 0; i < 3; i++)
		if (high[i] >= 0)
			high[i] = fcntl(high[i], F_DUPFD_CLOEXEC, FIRST_OTHER_FD);
	for (int i = 0; i < 3; i++)
		high[i] = keep_descriptor(high[i], places[i]);
	*own = high[0];
	host->null = high[1];
	host->agent = high[2];
	close_range(host->agent < 0 ? AGENT_FD : FIRST_OTHER_FD, ~0U, 0);
}

static void __attribute__((noreturn)) serve(const struct host *host, int own)
{
	const struct cloner *cloner = host->cloner;

	for (;;) {
		int pidfd = -1;
		autoclose int sync = -1;
		struct sandbox_spec spec;
		/*
		 * Set no exit signal: with CLONE_PARENT a clone gets the cloner's own exit signal,
		 * SIGCHLD (clone(2)).
		 */
		struct clone_args args = {
		    .flags = cloner->flags | CLONE_PARENT | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		    .pidfd = (uintptr_t)&pidfd,
		};
		pid_t pid;

		if (fdpass_receive(own, &spec, sizeof(spec), &sync, NULL, 0) != sizeof(spec))
			_exit(0);
		pid = syscall(SYS_clone3, &args, sizeof(args));
		if (pid == 0) {
			cloner->become(host, &spec, steal_fd(&sync));
			_exit(127);
		}
		if (pid < 0)
			pid = -errno;
		if (fdpass_send(own, &pid, sizeof(pid), pidfd) < 0)
			_exit(0);
		cleanup_close(&pidfd);
	}
}

int cloner_start(const struct host *host, struct err *err)
{
	const struct timeval limit = {.tv_sec = ANSWER_LIMIT_S};
	struct cloner *cloner = host->cloner;
	struct host copy = *host;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "make a socket pair");
	cloner->pid = fork();
	if (cloner->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "bonsai-cloner");
		keep_few(&copy, &pair[1]);
		dl_iterate_phdr(keep_from_clones, NULL);
		serve(&copy, pair[1]);
	}
	close(pair[1]);
	if (cloner->pid < 0) {
		close(pair[0]);
		return err_errno(err, -errno, "fork the process that clones");
	}
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	cloner->fd = pair[0];
	return 0;
}

static void discard(struct cloner *cloner)
{
	close(steal_fd(&cloner->fd));
	kill(cloner->pid, SIGKILL);
	waitpid(cloner->pid, NULL, 0);
}

void cloner_stop(struct host *host)
{
	if (host->cloner && host->cloner->fd >= 0)
		discard(host->cloner);
}

/*
 * Sends the request to the cloner. If the cloner was killed, starts a new cloner and sends the
 * request to that one.
 */
static int ask(const struct host *host, const struct sandbox_spec *spec, int sync, struct err *err)
{
	struct cloner *cloner = host->cloner;
	int r = cloner->fd < 0 ? -EPIPE : fdpass_send(cloner->fd, spec, sizeof(*spec), sync);

	if (r < 0 && cloner->fd >= 0)
		discard(cloner);
	if (r == -EPIPE) {
		r = cloner_start(host, err);
		if (r < 0)
			return r;
		r = fdpass_send(cloner->fd, spec, sizeof(*spec), sync);
	}
	return r < 0 ? err_errno(err, r, "ask for a clone") : 0;
}

/*
 * Handles an init that came without a pidfd: the kernel had no room for the descriptor. The
 * launcher cannot keep an init without a pidfd, so kill and reap the init.
 */
static int without_descriptor(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return -EMFILE;
}

int cloner_clone(const struct host *host, const struct sandbox_spec *spec, int sync,
		 struct sandbox *sandbox, struct err *err)
{
	int pidfd, r = ask(host, spec, sync, err);
	ssize_t n;
	pid_t pid;

	if (r < 0)
		return r;
	n = fdpass_receive(host->cloner->fd, &pid, sizeof(pid), &pidfd, NULL, 0);
	/*
	 * If the reply is missing, do not repeat the request: the cloner may have cloned an init.
	 * That init exits when the launcher closes its end of `sync`.
	 */
	if (n != sizeof(pid)) {
		discard(host->cloner);
		r = n < 0 ? (int)n : -EPROTO;
	} else if (pid < 0) {
		r = pid;
	} else if (pidfd < 0) {
		r = without_descriptor(pid);
	}
	if (r == -EAGAIN)
		return err_text(err, r, THREADS_LACKING);
	if (r < 0)
		return err_errno(err, r, "clone with namespaces");
	sandbox->pid = pid;
	sandbox->pidfd = pidfd;
	return 0;
}
