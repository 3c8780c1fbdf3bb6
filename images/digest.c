/* Separate from walk.c, because the controller links walk.c but not libmd. */
#include "images/walk.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct digest {
	SHA2_CTX context;
	char path[PATH_MAX];
	dev_t device;
};

/* Hash the terminating NUL too, so that different trees never hash the same octets. */
static void put(struct digest *digest, const char *text)
{
	SHA256Update(&digest->context, (const uint8_t *)text, strlen(text) + 1);
}

static int put_content(struct digest *digest, int dir, const char *name, mode_t type,
		       struct err *err)
{
	char text[PATH_MAX];
	ssize_t len;

	if (type == S_IFLNK) {
		len = readlinkat(dir, name, text, sizeof(text) - 1);
		if (len < 0)
			return err_errno(err, -errno, "read the link %s", digest->path);
		text[len] = '\0';
	} else {
		autoclose int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		int r = fd < 0 ? err_errno(err, -errno, "open %s", digest->path)
			       : sha_file(fd, text, err);

		if (r < 0)
			return r;
	}
	put(digest, text);
	return 0;
}

static int digest_folder(struct digest *digest, int dir, size_t len, unsigned int depth,
			 struct err *err);

static int digest_entry(struct digest *digest, int dir, const char *name, size_t len,
			unsigned int depth, struct err *err)
{
	size_t more = strlen(name);
	autoclose int fd = -1;
	char head[32];
	struct stat st;

	if (len + more + 2 > sizeof(digest->path))
		return err_text(err, -ENAMETOOLONG, "a path is too long: %.64s…", digest->path);
	digest->path[len] = '/';
	memcpy(digest->path + len + 1, name, more + 1);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, -errno, "look at %s", digest->path);
	snprintf(head, sizeof(head), "%06o", (unsigned int)st.st_mode);
	put(digest, head);
	put(digest, digest->path);
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return put_content(digest, dir, name, st.st_mode & S_IFMT, err);
	if (!S_ISDIR(st.st_mode) || st.st_dev != digest->device)
		return err_text(err, -EINVAL, "%s is no part of an image", digest->path);
	fd = openat(dir, name, OPEN_FOLDER);
	if (fd < 0)
		return err_errno(err, -errno, "open %s", digest->path);
	return digest_folder(digest, fd, len + more + 1, depth + 1, err);
}

static int digest_folder(struct digest *digest, int dir, size_t len, unsigned int depth,
			 struct err *err)
{
	char **names = NULL;
	size_t count = 0;
	int r;

	if (depth > WALK_DEPTH_MAX)
		return err_text(err, -ELOOP, "%.64s… lies too deep", digest->path);
	r = walk_names(dir, &names, &count, err);
	for (size_t i = 0; i < count && r == 0; i++)
		r = digest_entry(digest, dir, names[i], len, depth, err);
	walk_free(names, count);
	return r;
}

int walk_digest(int root, char hex[SHA_HEX_BYTES], struct err *err)
{
	autofree struct digest *digest = calloc(1, sizeof(*digest));
	uint8_t octets[SHA_BYTES];
	struct stat st;
	int r;

	if (!digest)
		return err_errno(err, -ENOMEM, "hash an image");
	if (fstat(root, &st) < 0)
		return err_errno(err, -errno, "look at an image");
	digest->device = st.st_dev;
	SHA256Init(&digest->context);
	r = digest_folder(digest, root, 0, 0, err);
	if (r < 0)
		return r;
	SHA256Final(octets, &digest->context);
	sha_hex(octets, hex);
	return 0;
}
