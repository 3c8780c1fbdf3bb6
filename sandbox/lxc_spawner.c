/*
 * The spawner of the `lxc` backend: see lxc.h. It has one thread and one socket, and handles one
 * request at a time.
 */
#include "sandbox/lxc.h"

#include "sandbox/cgroup_place.h"
#include "sandbox/fdpass.h"
#include "sandbox/hierarchies.h"
#include "sandbox/lxc_monitor.h"
#include "sandbox/lxc_orphans.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CGROUPS "/sys/fs/cgroup"
#define FREEZE_LIMIT_S 4

struct spawner {
	int launcher; /* socket to the launcher */
	pid_t launcher_pid;
	struct lxc_library liblxc;
	struct hierarchies groups;
	char path[PATH_MAX]; /* folder of the containers */
	int folder;	     /* descriptor of it */
	int program;
	int cgroups; /* copy of the host's mounts of control groups, to attach in the base */
	bool unified;
	char *title;
	size_t title_bytes;
};

static int open_folder(struct spawner *spawner, const char *tree, struct err *err)
{
	if (snprintf(spawner->path, sizeof(spawner->path), "%s/" LXC_FOLDER, tree) >=
	    (int)sizeof(spawner->path))
		return err_errno(err, -ENAMETOOLONG, "make a folder in %s", tree);
	if (mkdir(spawner->path, 0755) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "make the folder %s", spawner->path);
	spawner->folder = open(spawner->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spawner->folder < 0)
		return err_errno(err, -errno, "open the folder %s", spawner->path);
	return 0;
}

/*
 * Copies this program into a file that containers may execute but not read. If a process executes a
 * file that it cannot read, the process's memory belongs to the user namespace of the file's owner:
 * the launcher's. So no process in the container can look into the agent, whatever capabilities it
 * has there (exec's would_dump(); ptrace(2)).
 */
static int copy_program(struct err *err)
{
	autoclose int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	autoclose int copy = memfd_create("bonsaid", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char path[32];
	ssize_t n = 0;
	int fd;

	if (program < 0 || copy < 0)
		return err_errno(err, -errno, "open this program");
	do
		n = sendfile(copy, program, NULL, 1 << 20);
	while (n > 0);
	if (n < 0 || fchmod(copy, 0111) < 0 ||
	    fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return err_errno(err, -errno, "copy this program");
	/* The kernel does not execute a file that is open for writing, so open the copy again. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, -errno, "copy this program") : fd;
}

/*
 * Copies the host's mounts of control groups. If the host has version 2 alone, copies only the
 * launcher's own group, which liblxc takes for the root of all groups: see take_root. A host
 * without control groups is no error here: liblxc itself reports what it lacks.
 */
static void open_cgroups(struct spawner *spawner)
{
	char path[PATH_MAX] = CGROUPS;
	struct statfs host;

	spawner->unified = statfs(CGROUPS, &host) == 0 && host.f_type == CGROUP2_SUPER_MAGIC;
	if (spawner->unified)
		cgroup_find_own("/proc/self", NULL, path, sizeof(path));
	spawner->cgroups =
	    open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

/*
 * Opens and copies what the spawner needs of the host. Runs while the host's files are still
 * visible.
 */
static int prepare(struct spawner *spawner, const char *tree, struct err *err)
{
	int r;

	/*
	 * Give the spawner a mount namespace apart from the launcher's, whose root the launcher
	 * pivots.
	 */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_errno(err, -errno, "make a mount namespace for the spawner");
	spawner->program = copy_program(err);
	if (spawner->program < 0)
		return spawner->program;
	r = lxc_library_open(&spawner->liblxc, err);
	if (r == 0)
		r = open_folder(spawner, tree, err);
	if (r < 0)
		return r;
	hierarchies_open(&spawner->groups, spawner->launcher_pid);
	open_cgroups(spawner);
	return 0;
}

/*
 * Makes a folder in the base at the path of the containers' folder: liblxc requires that the path
 * exists, but uses nothing of the folder. In the base only /run is writable, and /tmp is a link
 * into /run.
 */
static int imitate_path(const struct spawner *spawner, struct err *err)
{
	char path[PATH_MAX + 1];

	if (mkdir("/run/tmp", 0755) < 0)
		return err_errno(err, -errno, "make /run/tmp");
	snprintf(path, sizeof(path), "%s/", spawner->path);
	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_errno(err, -errno, "imitate the folder %s", path);
		*slash = '/';
	}
	return 0;
}

/*
 * Enters a copy of the launcher's base. Containers get the mounts that the spawner sees, and must
 * see no more of the host than any sandbox. Adds the mounts that liblxc needs: the control groups,
 * and /run for its locks.
 */
static int take_mounts(struct spawner *spawner, int mounts, struct err *err)
{
	if (mounts < 0 || setns(mounts, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_errno(err, -errno, "enter the nodes' root");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_errno(err, -errno, "make mounts private");
	if (spawner->cgroups >= 0 &&
	    move_mount(spawner->cgroups, "", AT_FDCWD, CGROUPS, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_errno(err, -errno, "mount the control groups");
	if (mount("liblxc", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4m") < 0)
		return err_errno(err, -errno, "mount a place for liblxc's locks");
	return imitate_path(spawner, err);
}

/*
 * Has liblxc make its groups in the launcher's own group. liblxc makes them below the group of the
 * process in which it runs. If the launcher has stepped aside (cgroup_aside.h), that is the group
 * beside the tree's. A new cgroup namespace makes the process's group appear as the root. The
 * launcher's own group is mounted as the root, so liblxc makes its groups there.
 */
static void take_root(const struct spawner *spawner)
{
	if (spawner->unified)
		unshare(CLONE_NEWCGROUP);
}

/* Clones the monitor as a child of the launcher, so that the launcher reaps it. */
static pid_t start(struct spawner *spawner, const struct lxc_ask *ask, int sync, struct err *err)
{
	struct clone_args args = {.flags = CLONE_PARENT | CLONE_CLEAR_SIGHAND};
	struct lxc_monitor monitor = {
	    .liblxc = &spawner->liblxc,
	    .path = spawner->path,
	    .tree = spawner->groups.tree,
	    .folder = spawner->folder,
	    .program = spawner->program,
	    .sync = sync,
	    .id = ask->id,
	    .root = ask->root,
	    .title = spawner->title,
	    .title_bytes = spawner->title_bytes,
	};
	pid_t pid;

	if (sync < 0)
		return err_errno(err, -EBADF, "start a monitor");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != spawner->launcher_pid)
			_exit(1);
		take_root(spawner);
		lxc_monitor_run(&monitor);
	}
	return pid < 0 ? err_errno(err, -errno, "start a monitor") : pid;
}

/*
 * Freezes or thaws in a child: liblxc leaves descriptors open, and may wait forever for a process
 * that does not freeze. The child sends the reply itself. If the child cannot be forked or is
 * killed, sets `err`, and the caller replies.
 */
static void freeze(struct spawner *spawner, const struct lxc_ask *ask, struct err *err)
{
	struct lxc_tell tell = {.number = ask->number};
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		alarm(FREEZE_LIMIT_S);
		take_root(spawner);
		lxc_monitor_freeze(&spawner->liblxc, spawner->path, ask->id, ask->op == LXC_FREEZE,
				   &tell.err);
		_exit(fdpass_send(spawner->launcher, &tell, sizeof(tell), -1) < 0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		err_errno(err, -errno, "ask liblxc to freeze or thaw");
	else if (WIFSIGNALED(status))
		err_errno(err, -ETIMEDOUT, "freeze or thaw by liblxc");
}

static bool answer(struct spawner *spawner, const struct lxc_ask *ask, int fd)
{
	struct lxc_tell tell = {.number = ask->number};

	switch (ask->op) {
	case LXC_MOUNTS:
		if (ask->root && fchown(spawner->program, ask->root, ask->root) < 0)
			err_errno(&tell.err, -errno, "give the copy of this program away");
		else
			take_mounts(spawner, fd, &tell.err);
		break;
	case LXC_START:
		tell.pid = start(spawner, ask, fd, &tell.err);
		break;
	case LXC_FREEZE:
	case LXC_THAW:
		freeze(spawner, ask, &tell.err);
		if (tell.err.code == 0)
			return true;
		break;
	case LXC_CLEAR:
		if (ask->unborn)
			lxc_orphans_kill(spawner->launcher_pid, ask->id);
		lxc_monitor_clear(spawner->folder, ask->id);
		hierarchies_clear(&spawner->groups, ask->id);
		return true;
	default:
		err_errno(&tell.err, -EBADMSG, "understand the launcher");
	}
	return fdpass_send(spawner->launcher, &tell, sizeof(tell), -1) == 0;
}

static void serve(struct spawner *spawner)
{
	struct lxc_ask ask;

	for (;;) {
		autoclose int fd = -1;
		ssize_t n = fdpass_receive(spawner->launcher, &ask, sizeof(ask), &fd, NULL, 0);

		if (n != (ssize_t)sizeof(ask) || !answer(spawner, &ask, fd))
			break;
	}
}

/*
 * Runs when the launcher has ended: ends the monitors and removes the configurations of their
 * containers.
 */
static void end(const struct spawner *spawner)
{
	char name[PATH_MAX];
	const struct dirent *entry;
	DIR *folder = fdopendir(dup(spawner->folder));
	unsigned id;

	/*
	 * Kill the monitors here: a monitor could run on until the kernel sends it its parent-death
	 * signal.
	 */
	lxc_orphans_end(spawner->launcher_pid);
	while (folder && (entry = readdir(folder)))
		if (sscanf(entry->d_name, GROUP_OF_SANDBOX, &id) == 1)
			lxc_monitor_clear(spawner->folder, id);
	if (folder)
		closedir(folder);
	/*
	 * In the base, the path of the containers' folder leads to another folder: remove the
	 * containers' folder by its descriptor.
	 */
	snprintf(name, sizeof(name), "../" LXC_FOLDER);
	unlinkat(spawner->folder, name, AT_REMOVEDIR);
}

int lxc_spawner_main(int argc, char **argv)
{
	static struct spawner spawner;
	struct lxc_tell ready = {0};

	if (argc != 5 || (spawner.launcher = atoi(argv[3])) <= 2 ||
	    fcntl(spawner.launcher, F_SETFD, FD_CLOEXEC) < 0)
		return 2;
	/*
	 * Detach from the terminal and its signals: the spawner ends when the launcher has ended.
	 */
	setsid();
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "bonsai-spawner");
	spawner.launcher_pid = getppid();
	/*
	 * Set a PATH without programs, so that liblxc finds no newuidmap: newuidmap does not know
	 * the launcher's user namespace.
	 */
	setenv("PATH", "/nonexistent", 1);
	prepare(&spawner, argv[4], &ready.err);
	spawner.title = argv[0];
	spawner.title_bytes = argv[argc - 1] + strlen(argv[argc - 1]) - argv[0];
	if (fdpass_send(spawner.launcher, &ready, sizeof(ready), -1) < 0 || ready.err.code < 0)
		return 1;
	serve(&spawner);
	end(&spawner);
	return 0;
}
