/*
 * Mounts the file systems of a guest: the host's files below a layer in memory, and the usual file
 * systems of Linux.
 */
#include "vm/guest.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define LOWER "/lower"
#define LAYER "/layer"
#define NEW "/new"
#define LOOK_US 10000
#define LOOKS 3000

struct mount_row {
	const char *source, *target, *type;
	unsigned long flags;
	const char *data;
};

/*
 * Makes a folder and mounts a file system there. Ignores a failed mkdir: the folder exists already,
 * or the mount fails and reports an error.
 */
static void mount_row(const struct mount_row *row)
{
	mkdir(row->target, 0755);
	if (mount(row->source, row->target, row->type, row->flags, row->data) < 0)
		guest_fail("mount %s (%s): %s", row->target, row->type, strerror(errno));
}

static void load(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), GUEST_MODULES "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/*
	 * If the module does not load, go on without it. If the guest needs the module, the first
	 * use of it reports an error; other modules are optional for programs.
	 */
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		printf("bonsai-guest: load the module %s: %s\n", name, strerror(errno));
	close(fd);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void guest_mount_early(void)
{
	static const struct mount_row rows[] = {
	    {"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	    {"sys", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	    {"dev", "/dev", "devtmpfs", MS_NOSUID, NULL},
	};
	struct dirent **names;
	int count;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		mount_row(&rows[i]);
	count = scandir(GUEST_MODULES, &names, NULL, by_name);
	for (int i = 0; i < count; i++)
		if (names[i]->d_name[0] != '.')
			load(names[i]->d_name);
}

/*
 * Finds the device of the virtio port GUEST_PORT. Returns false if the kernel has not made the
 * device yet.
 */
static bool find_port(char device[PATH_MAX])
{
	static const char ports[] = "/sys/class/virtio-ports";
	DIR *folder = opendir(ports);
	const struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		char path[PATH_MAX], name[64] = "";
		int fd;

		snprintf(path, sizeof(path), "%s/%s/name", ports, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		found = read(fd, name, sizeof(name) - 1) > 0 &&
			!strncmp(name, GUEST_PORT "\n", sizeof(GUEST_PORT));
		close(fd);
		snprintf(device, PATH_MAX, "/dev/%s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

int guest_open_channel(const char *device)
{
	char port[PATH_MAX];
	struct termios mode;
	int fd = -1;

	for (int i = 0; i < LOOKS && fd < 0; i++) {
		if (i)
			usleep(LOOK_US);
		if (device || find_port(port))
			fd = open(device ? device : port, O_RDWR | O_NOCTTY | O_CLOEXEC);
	}
	if (fd < 0)
		return -ENODEV;
	if (tcgetattr(fd, &mode) == 0) {
		cfmakeraw(&mode);
		if (tcsetattr(fd, TCSANOW, &mode) < 0)
			return -errno;
	}
	return fd;
}

static void mount_host(const struct guest_config *config, const char *source, const char *target,
		       bool writable)
{
	bool is_9p = !strcmp(config->type, "9p");
	/*
	 * Use cache=loose only for the root: it assumes that nobody changes the files on the host
	 * while the guest runs. The host may change the files of the shared (writable) folder.
	 */
	const char *options = writable ? "trans=virtio,version=9p2000.L,msize=262144"
				       : "trans=virtio,version=9p2000.L,msize=262144,cache=loose";
	const struct mount_row row = {.source = is_9p ? source : "none",
				      .target = target,
				      .type = config->type,
				      .flags = writable ? 0 : MS_RDONLY,
				      .data = is_9p ? options : source};

	mount_row(&row);
}

static void enter_root(void)
{
	static const char *const moved[] = {"/dev", "/proc", "/sys"};

	for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
		char target[32];

		snprintf(target, sizeof(target), NEW "%s", moved[i]);
		mkdir(target, 0755);
		if (mount(moved[i], target, NULL, MS_MOVE, NULL) < 0)
			guest_fail("move %s: %s", moved[i], strerror(errno));
	}
	if (chdir(NEW) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		guest_fail("enter the root: %s", strerror(errno));
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		printf("bonsai-guest: write %s to %s: %s\n", text, path, strerror(errno));
	close(fd);
}

/*
 * Enables the control group controllers that this kernel has. If a controller is missing, setting a
 * limit that needs the controller reports an error.
 */
static void hand_on_controllers(void)
{
	static const char *const controllers[] = {"+cpu", "+memory", "+pids", "+io"};

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		write_file("/sys/fs/cgroup/cgroup.subtree_control", controllers[i]);
}

static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		guest_fail("set lo up: %s", strerror(errno));
	close(fd);
}

/* Makes the links in /dev that programs expect; on other systems udev makes them. */
static void link_devices(void)
{
	static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},
					       {"/proc/self/fd/0", "/dev/stdin"},
					       {"/proc/self/fd/1", "/dev/stdout"},
					       {"/proc/self/fd/2", "/dev/stderr"}};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			guest_fail("link %s: %s", links[i][1], strerror(errno));
}

void guest_mount_root(const struct guest_config *config)
{
	static const struct mount_row layer = {"layer", LAYER, "tmpfs", 0, "mode=755"};
	static const struct mount_row overlay = {"root", NEW, "overlay", 0,
						 "lowerdir=" LOWER ",upperdir=" LAYER
						 "/upper,workdir=" LAYER "/work"};
	static const struct mount_row rows[] = {
	    {"run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"},
	    {"shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, NULL},
	    {"pts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666"},
	    {"cgroup", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	};

	mount_host(config, config->root, LOWER, false);
	mount_row(&layer);
	mkdir(LAYER "/upper", 0755);
	mkdir(LAYER "/work", 0755);
	mount_row(&overlay);
	enter_root();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		mount_row(&rows[i]);
	link_devices();
	hand_on_controllers();
	if (sethostname("bonsai-vm", strlen("bonsai-vm")) < 0)
		guest_fail("set the host name: %s", strerror(errno));
	raise_loopback();
	if (config->share)
		mount_host(config, config->share, GUEST_SHARE, true);
}
