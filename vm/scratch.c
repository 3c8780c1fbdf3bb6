#include "vm/scratch.h"

#include "base/cleanup.h"
#include "base/unnamed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define NAME "bonsai-vm."
#define OPEN_MAX_FILES 16

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, OPEN_MAX_FILES, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void scratch_remove(struct scratch *scratch)
{
	if (scratch->fd < 0)
		return;
	remove_all(scratch->path);
	close(steal_fd(&scratch->fd));
}

/* Removes this user's scratch folders on which no process holds a lock any more. */
static void sweep(const char *place)
{
	DIR *folder = opendir(place);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		char path[PATH_MAX];
		struct stat st;
		autoclose int fd = -1;

		if (strncmp(entry->d_name, NAME, strlen(NAME)) != 0 ||
		    snprintf(path, sizeof(path), "%s/%s", place, entry->d_name) >=
			(int)sizeof(path))
			continue;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_all(path);
	}
	if (folder)
		closedir(folder);
}

/*
 * Returns true if a file in the folder can be mapped for execution, as the file with a guest's
 * memory must be.
 */
static bool may_execute(int folder)
{
	autoclose int fd = unnamed_open(folder);
	long page = sysconf(_SC_PAGESIZE);
	void *map;

	if (fd < 0 || ftruncate(fd, page) < 0)
		return false;
	map = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return false;
	munmap(map, (size_t)page);
	return true;
}

/* Returns the free octets in the folder `place`; 0: the folder cannot be used. */
static uint64_t room_of(const char *place)
{
	autoclose int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statvfs st;

	if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, 0) < 0 || fstatvfs(fd, &st) < 0 ||
	    !may_execute(fd))
		return 0;
	return (uint64_t)st.f_bavail * st.f_frsize;
}

static int make_in(struct scratch *scratch, const char *place, struct err *err)
{
	snprintf(scratch->path, sizeof(scratch->path), "%s/" NAME "XXXXXX", place);
	if (!mkdtemp(scratch->path))
		return err_errno(err, -errno, "make a folder in %s", place);
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/*
	 * Another process's sweep may have locked the new folder before this process. That process
	 * removes the folder, so do not use it.
	 */
	if (scratch->fd >= 0 && flock(scratch->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	remove_all(scratch->path);
	cleanup_close(&scratch->fd);
	scratch->fd = -1;
	return err_text(err, -EAGAIN, "the folder %s was taken away", scratch->path);
}

int scratch_make(struct scratch *scratch, uint64_t bytes, struct err *err)
{
	const char *places[] = {getenv("TMPDIR"), "/dev/shm", getenv("XDG_RUNTIME_DIR"), "/tmp"};
	const char *largest = NULL;
	uint64_t most = 0;

	scratch->fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		uint64_t room = places[i] && *places[i] == '/' ? room_of(places[i]) : 0;

		if (room)
			sweep(places[i]);
		if (room >= bytes && make_in(scratch, places[i], err) == 0)
			return 0;
		if (room > most) {
			most = room;
			largest = places[i];
		}
	}
	return err_text(err, -ENOSPC,
			"no room for the guest's memory of %llu MiB: %s has %llu MiB free; take "
			"less (--memory), or set TMPDIR to a folder with more",
			(unsigned long long)bytes >> 20, largest ? largest : "/dev/shm",
			(unsigned long long)most >> 20);
}
