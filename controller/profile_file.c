/* Profiles as files, and their compiled programs as descriptors. */
#include "controller/profile.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static char *read_all(const char *path, size_t *len, struct err *err)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	autofree char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_errno(err, -errno, "seccomp profile %.100s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > PROFILE_BYTES_MAX) {
		err_text(err, -EINVAL, "seccomp profile %.100s: no file of at most 1 MiB", path);
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	n = text ? pread(fd, text, (size_t)st.st_size, 0) : -1;
	if (n < 0) {
		err_errno(err, -errno, "seccomp profile %.100s", path);
		return NULL;
	}
	*len = (size_t)n;
	return steal_ptr(&text);
}

int profile_open(const char *path, uint64_t caps, struct err *err)
{
	autoclose int fd = memfd_create("seccomp", MFD_CLOEXEC);
	autofree char *text = NULL;
	size_t len = 0;
	int r = 0;

	if (fd < 0)
		return err_errno(err, -errno, "seccomp profile");
	if (!strcmp(path, PROFILE_UNCONFINED))
		return steal_fd(&fd);
	text = read_all(path, &len, err);
	if (!text)
		return err ? err->code : -EIO;
	r = profile_compile(text, len, caps, fd, err);
	return r < 0 ? r : steal_fd(&fd);
}

int profile_keep(int fd, const char *folder, struct err *err)
{
	autoclose int file = -1;
	char path[256];
	off_t at = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/" PROFILE_FILE, folder);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return err_errno(err, -errno, "make %.100s", path);
	while ((n = sendfile(file, fd, &at, PROFILE_BYTES_MAX)) > 0)
		;
	return n < 0 ? err_errno(err, -errno, "write %.100s", path) : 0;
}

const char *profile_kind(const char *folder)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" PROFILE_FILE, folder);
	if (stat(path, &st) < 0)
		return "default";
	return st.st_size ? "custom" : PROFILE_UNCONFINED;
}
