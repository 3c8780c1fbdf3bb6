#include "sandbox/overlay.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const struct {
	const char *name;
	mode_t mode;
} skeleton[] = {
    {"", 0755},	    {"/dev", 0755}, {"/etc", 0755},  {"/proc", 0555}, {"/root", 0700},
    {"/run", 0755}, {"/sys", 0555}, {"/tmp", 01777}, {"/var", 0755},  {"/var/tmp", 01777},
};

/* Folders to make in the tmpfs that is mounted at /run; /run/run becomes the node's new /run. */
static const struct {
	const char *path;
	mode_t mode;
} rooms[] = {{"/run/upper", 0755},
	     {"/run/work", 0755},
	     {"/run/new", 0755},
	     {"/run/run", 0755},
	     {"/run/run/shm", 01777}};

/* Mounts to bring into the new root, with all mounts below them, and their places there. */
static const struct {
	const char *from, *to;
} brought[] = {{"/proc", "proc"}, {"/sys", "sys"}, {"/dev", "dev"}, {"/run/run", "run"}};

int overlay_take_image(const char *path, unsigned int owner, struct err *err)
{
	struct mount_attr attr = {
	    .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
	autoclose int image = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct stat st;

	if (image < 0 || fstat(image, &st) < 0)
		return err_errno(err, -errno, "open the image");
	/*
	 * Refuse an image of another owner: the node could read its files but not change them. The
	 * kernel copies up only files whose owner has an id in the node.
	 */
	if (st.st_uid != owner || st.st_gid != owner)
		return err_text(err, -EPERM,
				"the image does not belong to the nodes' id: import it again, "
				"as the user and on the machine that nodes are started by");
	if (mount_setattr(image, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return errno == ENOSYS
			   ? err_text(err, -ENOSYS, "images need a kernel of 5.12 or later")
			   : err_errno(err, -errno, "make the image read-only");
	return steal_fd(&image);
}

int overlay_fill_base(const char *base, int image, struct err *err)
{
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(skeleton); i++) {
		snprintf(path, sizeof(path), "%s/" OVERLAY_SKELETON "%s", base, skeleton[i].name);
		if (mkdir(path, 0700) < 0 || chmod(path, skeleton[i].mode) < 0)
			return err_errno(err, -errno, "make %s", path);
	}
	snprintf(path, sizeof(path), "%s/" OVERLAY_IMAGE, base);
	if (mkdir(path, 0755) < 0 ||
	    move_mount(image, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_errno(err, -errno, "mount the image");
	return 0;
}

int overlay_give_skeleton(const char *base, unsigned int owner, struct err *err)
{
	static const char *const files[] = {"passwd", "group", "nsswitch.conf", "resolv.conf"};
	char path[96];

	for (size_t i = 0; i < ARRAY_SIZE(skeleton) + ARRAY_SIZE(files); i++) {
		const bool folder = i < ARRAY_SIZE(skeleton);

		snprintf(path, sizeof(path), "%s/" OVERLAY_SKELETON "%s%s", base,
			 folder ? skeleton[i].name : "/etc/",
			 folder ? "" : files[i - ARRAY_SIZE(skeleton)]);
		if (lchown(path, owner, owner) < 0)
			return err_errno(err, -errno, "give %s to the nodes", path);
	}
	return 0;
}

/*
 * Mounts `from` at `to` in the new root. Follows no links: at `to` the image may have a link that
 * leads anywhere.
 */
static int bring(int root, const char *from, const char *to, struct err *err)
{
	struct open_how how = {
	    .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	autoclose int target = (int)syscall(SYS_openat2, root, to, &how, sizeof(how)), tree = -1;

	if (target < 0)
		return err_errno(err, -errno, "open /%s of the image", to);
	tree = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		return err_errno(err, -errno, "take %s along", from);
	if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_errno(err, -errno, "mount /%s of the image", to);
	return 0;
}

int overlay_enter(struct err *err)
{
	autoclose int root = -1;

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)
		if (mkdir(rooms[i].path, 0700) < 0 || chmod(rooms[i].path, rooms[i].mode) < 0)
			return err_errno(err, -errno, "make %s", rooms[i].path);
	/*
	 * userxattr: overlays use trusted.* attributes by default, which the kernel refuses in a
	 * user namespace.
	 */
	if (mount("image", "/run/new", "overlay", MS_NOSUID | MS_NODEV,
		  "lowerdir=/" OVERLAY_IMAGE ":/" OVERLAY_SKELETON
		  ",upperdir=/run/upper,workdir=/run/work,userxattr") < 0)
		return err_errno(err, -errno, "mount an overlay of the image");
	root = open("/run/new", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_errno(err, -errno, "open the overlay");
	for (size_t i = 0; i < ARRAY_SIZE(brought); i++)
		if (bring(root, brought[i].from, brought[i].to, err) < 0)
			return err ? err->code : -EIO;
	if (chdir("/run/new") < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return err_errno(err, -errno, "pivot into the image");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_errno(err, -errno, "detach the base");
	return 0;
}
