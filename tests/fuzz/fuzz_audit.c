/*
 * Fuzzes the readers of /proc that an audit uses. They read lines of `mountinfo`, and the file
 * `status`, which holds a name that a program chooses. For any input, each result fits its buffer,
 * and a mount point begins with '/'.
 */
#include "tests/fuzz/fuzz.h"

#include "sandbox/audit_proc.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void try_mount(const char *line)
{
	struct audit_mount mount = {.type = "untouched"};

	if (!audit_parse_mount(line, &mount)) {
		must(!strcmp(mount.type, "untouched"));
		return;
	}
	must(mount.point[0] == '/' && memchr(mount.point, '\0', sizeof(mount.point)));
	must(memchr(mount.root, '\0', sizeof(mount.root)) && *mount.type);
}

/* A procfs in memory, with one process; remove_folder() deletes the folder at exit. */
static char folder[64];

static void remove_folder(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/1", folder);
	rmdir(path);
	rmdir(folder);
}

static void make_folder(void)
{
	char path[96];

	strcpy(folder, "/dev/shm/fuzz-audit.XXXXXX");
	must(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/1", folder);
	must(mkdir(path, 0700) == 0 && atexit(remove_folder) == 0);
}

static void try_status(const char *text, size_t size)
{
	char path[96], value[16];

	if (!*folder)
		make_folder();
	snprintf(path, sizeof(path), "%s/1/status", folder);
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	if (audit_status(folder, 1, "Name", value, sizeof(value)) == 0)
		must(memchr(value, '\0', sizeof(value)) && !strchr(value, '\n'));
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = malloc(size + 1);

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	try_mount(text);
	try_status(text, size);
	return 0;
}
