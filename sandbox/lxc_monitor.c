#include "sandbox/lxc_monitor.h"

#include "sandbox/backend.h"
#include "sandbox/lxc.h"
#include "sandbox/hierarchies.h"
#include "sandbox/lxc_orphans.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The descriptors that a monitor keeps, beside the standard ones; it closes all others. */
enum { SYNC_FD = 3, PROGRAM_FD, FOLDER_FD, FD_COUNT };

#define SYNC_TEXT "3"
#define PROGRAM_PATH "/proc/self/fd/4"

/* One setting of a container, for liblxc and for the file that liblxc's tools read. */
struct item {
	const char *key;
	char value[80];
	bool optional; /* may fail: a liblxc that was built without this feature does not know the
			  key */
};

#define ITEMS_MAX 20

static void put(struct item items[ITEMS_MAX], const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put(struct item items[ITEMS_MAX], const char *key, const char *format, ...)
{
	va_list args;

	while (items->key)
		items++;
	items->key = key;
	va_start(args, format);
	vsnprintf(items->value, sizeof(items->value), format, args);
	va_end(args);
}

/*
 * Fills in the settings of the container. There is no lxc.rootfs.path: the monitor already lives in
 * the launcher's base. The container's mount namespace is a copy of the monitor's, locked by the
 * kernel, as for an `ns` sandbox. lxc_init.c, not liblxc, does everything else that an `ns` init
 * does.
 */
static void configure(const struct lxc_monitor *monitor, struct item items[ITEMS_MAX])
{
	const char *tree = monitor->tree;

	put(items, "lxc.uts.name", GROUP_OF_SANDBOX, monitor->id);
	put(items, "lxc.idmap", "u 0 %u 1", monitor->root);
	put(items, "lxc.idmap", "g 0 %u 1", monitor->root);
	/* An empty network namespace: the launcher makes the links. */
	put(items, "lxc.net.0.type", "empty");
	put(items, "lxc.autodev", "0");
	put(items, "lxc.pty.max", "0");
	put(items, "lxc.tty.max", "0");
	put(items, "lxc.console.path", "none");
	put(items, "lxc.apparmor.profile", "unconfined");
	items[8].optional = true;
	/* lxc-stop sends this signal: an agent exits on it. */
	put(items, "lxc.signal.halt", "SIGTERM");
	/*
	 * This setting is for programs that lxc-attach runs; the init sets no_new_privs for itself.
	 */
	put(items, "lxc.no_new_privs", "1");
	/*
	 * Name the control groups, and place them below the launcher's own group, not below the
	 * group of the host's first process.
	 */
	put(items, "lxc.cgroup.relative", "1");
	put(items, "lxc.cgroup.dir.container", "%s/" GROUP_OF_SANDBOX, tree, monitor->id);
	put(items, "lxc.cgroup.dir.monitor", "%s/" GROUP_OF_MONITOR, tree, monitor->id);
	put(items, "lxc.cgroup.dir.monitor.pivot", "%s/" GROUP_OF_ENDED, tree);
}

static int write_down(const struct lxc_monitor *monitor, const struct item *items, struct err *err)
{
	char name[16], path[32];
	autoclose int fd = -1;

	snprintf(name, sizeof(name), GROUP_OF_SANDBOX, monitor->id);
	snprintf(path, sizeof(path), "%s/config", name);
	if (mkdirat(monitor->folder, name, 0755) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "make the folder %s/%s", monitor->path, name);
	fd = openat(monitor->folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(err, -errno, "write %s/%s", monitor->path, path);
	for (; items->key; items++)
		if (dprintf(fd, "%s = %s\n", items->key, items->value) < 0)
			return err_errno(err, -errno, "write %s/%s", monitor->path, path);
	return 0;
}

void lxc_monitor_clear(int folder, uint32_t id)
{
	char name[16], path[32];

	snprintf(name, sizeof(name), GROUP_OF_SANDBOX, id);
	snprintf(path, sizeof(path), "%s/config", name);
	unlinkat(folder, path, 0);
	unlinkat(folder, name, AT_REMOVEDIR);
}

static struct lxc_container *make(const struct lxc_monitor *monitor, struct err *err)
{
	struct item items[ITEMS_MAX] = {{0}};
	struct lxc_log log = {.file = "none", .level = "ERROR", .prefix = "lxc"};
	struct lxc_container *container;
	char name[16];

	configure(monitor, items);
	if (write_down(monitor, items, err) < 0)
		return NULL;
	snprintf(name, sizeof(name), GROUP_OF_SANDBOX, monitor->id);
	log.name = name;
	log.lxcpath = monitor->path;
	monitor->liblxc->log_init(&log);
	container = monitor->liblxc->container_new(name, monitor->path);
	if (!container) {
		err_errno(err, -ENOMEM, "make a container");
		return NULL;
	}
	for (struct item *item = items; item->key; item++)
		if (!container->set_config_item(container, item->key, item->value) &&
		    !item->optional) {
			err_text(err, -EINVAL, "liblxc %s does not take %s = %s",
				 monitor->liblxc->version(), item->key, item->value);
			return NULL;
		}
	return container;
}

/*
 * Writes the first error message of liblxc, which is the cause of the failure, into `err`. liblxc
 * reports errors only on standard error, which is a file in memory here. A message reads: "lxc: n5:
 * ../src/lxc/conf.c: lxc_map_ids: 3713 Failed to …".
 */
static void read_cause(struct err *err)
{
	char text[512], *line = text, *number;
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (number = text; (number = strstr(number, ": ")); number++) {
		size_t digits = strspn(number + 2, "0123456789");

		if (digits && number[2 + digits] == ' ') {
			line = number + 3 + digits;
			break;
		}
	}
	err_text(err, -ECHILD, "start the container by liblxc: %s", *line ? line : "it failed");
}

static void __attribute__((noreturn)) end_as(int status)
{
	const struct rlimit none = {0, 0};

	if (status == LXC_EXIT_ZERO << 8)
		_exit(0);
	if (WIFEXITED(status) && status)
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &none);
	kill(getpid(), SIGKILL);
	_exit(128 + SIGKILL);
}

static int arrange_descriptors(struct lxc_monitor *monitor)
{
	int log = memfd_create("liblxc", 0);
	/*
	 * First move the descriptors to numbers above their targets, so that no dup overwrites a
	 * descriptor that is still needed.
	 */
	int sync = fcntl(monitor->sync, F_DUPFD_CLOEXEC, FD_COUNT);
	int program = fcntl(monitor->program, F_DUPFD_CLOEXEC, FD_COUNT);
	int folder = fcntl(monitor->folder, F_DUPFD_CLOEXEC, FD_COUNT);

	/*
	 * The init inherits `sync` and executes the program by its descriptor; exec closes the
	 * descriptor of the folder.
	 */
	if (log < 0 || dup2(log, STDERR_FILENO) < 0 || dup2(sync, SYNC_FD) < 0 ||
	    dup3(program, PROGRAM_FD, O_CLOEXEC) < 0 || dup3(folder, FOLDER_FD, O_CLOEXEC) < 0)
		return -errno;
	monitor->sync = SYNC_FD;
	monitor->program = PROGRAM_FD;
	monitor->folder = FOLDER_FD;
	return close_range(FD_COUNT, ~0U, 0) < 0 ? -errno : 0;
}

void lxc_monitor_run(struct lxc_monitor *monitor)
{
	char *const argv[] = {(char *)PROGRAM_PATH, (char *)"--launcher", (char *)"init",
			      (char *)SYNC_TEXT, NULL};
	struct lxc_failure failure = {.kind = LXC_FAILED};
	struct lxc_container *container = NULL;
	int r, status = 1 << 8;

	memset(monitor->title, 0, monitor->title_bytes);
	snprintf(monitor->title, monitor->title_bytes, LXC_MONITOR_TITLE, monitor->id);
	prctl(PR_SET_NAME, "bonsai-monitor");
	r = arrange_descriptors(monitor);
	if (r < 0)
		err_errno(&failure.err, r, "set up the monitor's descriptors");
	else
		container = make(monitor, &failure.err);
	if (container) {
		container->want_daemonize(container, false);
		container->want_close_all_fds(container, false);
		/*
		 * start() returns when the container has ended. It returns false also if only
		 * liblxc's clean-up failed.
		 */
		if (!container->start(container, 0, argv))
			read_cause(&failure.err);
		status = container->error_num;
	}
	/* If the init has finished its set-up, the launcher does not read this message. */
	if (failure.err.code < 0)
		send(monitor->sync, &failure, sizeof(failure), MSG_NOSIGNAL | MSG_DONTWAIT);
	lxc_monitor_clear(monitor->folder, monitor->id);
	end_as(status);
}

int lxc_monitor_freeze(const struct lxc_library *library, const char *path, uint32_t id,
		       bool freeze, struct err *err)
{
	struct lxc_container *container;
	char name[16];
	bool done;

	snprintf(name, sizeof(name), GROUP_OF_SANDBOX, id);
	container = library->container_new(name, path);
	if (!container)
		return err_errno(err, -ENOMEM, "find the container %s", name);
	/* liblxc needs a configuration with at least one setting; any setting will do. */
	container->set_config_item(container, "lxc.uts.name", name);
	done = freeze ? container->freeze(container) : container->unfreeze(container);
	library->container_put(container);
	return done ? 0 : err_text(err, -EIO, "liblxc could not %s it", freeze ? "freeze" : "thaw");
}
