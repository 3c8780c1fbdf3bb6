#include "sandbox/audit_proc.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const audit_namespaces[AUDIT_NAMESPACES] = {"user", "mnt", "pid",	"net",
							"uts",	"ipc", "cgroup"};

static void path_of(const char *proc, pid_t pid, const char *name, char path[PATH_MAX])
{
	if (pid)
		snprintf(path, PATH_MAX, "%s/%d/%s", proc, (int)pid, name);
	else
		snprintf(path, PATH_MAX, "%s/self/%s", proc, name);
}

int audit_read(const char *proc, pid_t pid, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	size_t len = 0;
	ssize_t n;

	path_of(proc, pid, name, path);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) != 0) {
		if (n < 0)
			return -errno;
		len += (size_t)n;
	}
	text[len] = '\0';
	return 0;
}

int audit_link(const char *proc, pid_t pid, const char *name, char *target, size_t size)
{
	char path[PATH_MAX];
	ssize_t len;

	path_of(proc, pid, name, path);
	len = readlink(path, target, size - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	return 0;
}

int audit_status(const char *proc, pid_t pid, const char *key, char *value, size_t size)
{
	char text[8192], *rest = text, *line;
	size_t len = strlen(key);
	int r = audit_read(proc, pid, "status", text, sizeof(text));

	if (r < 0)
		return r;
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, key, len) || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		for (size_t end = strlen(line); end && strchr(" \t", line[end - 1]);)
			line[--end] = '\0';
		snprintf(value, size, "%s", line);
		return 0;
	}
	return -ENODATA;
}

/* --- mounts --- */

static bool is_octal(const char *digits)
{
	/* Three octal digits stand for one byte, so the first digit is at most 3. */
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' &&
	       digits[2] >= '0' && digits[2] <= '7';
}

/* Undoes the kernel's mangle_path(), which writes a byte as a backslash and three octal digits. */
static void decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		/*
		 * is_octal stops at the first character that is not an octal digit, so it never
		 * reads past the NUL.
		 */
		if (*from == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool has_word(char *list, const char *wanted)
{
	for (const char *word; (word = strsep(&list, ","));)
		if (!strcmp(word, wanted))
			return true;
	return false;
}

bool audit_parse_mount(const char *line, struct audit_mount *mount)
{
	struct audit_mount read = {0};
	char options[256], words[256];
	const char *rest = strstr(line, " - ");

	if (!rest ||
	    sscanf(line, "%d %d %*u:%*u %255s %255s %255s", &read.id, &read.parent, read.root,
		   read.point, options) != 5 ||
	    sscanf(rest + 3, "%31s", read.type) != 1 || read.point[0] != '/')
		return false;
	decode(read.root);
	decode(read.point);
	read.read_only = has_word(strcpy(words, options), "ro");
	read.nosuid = has_word(strcpy(words, options), "nosuid");
	read.nodev = has_word(strcpy(words, options), "nodev");
	*mount = read;
	return true;
}

static void find_covered(struct audit_mount *mounts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (mounts[j].parent == mounts[i].id && j != i &&
			    !strcmp(mounts[j].point, mounts[i].point))
				mounts[i].covered = true;
	/* A mount that lies on a covered mount is covered too. */
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (mounts[j].covered && mounts[i].parent == mounts[j].id &&
			    strcmp(mounts[j].point, mounts[i].point))
				mounts[i].covered = true;
}

int audit_read_mounts(const char *proc, pid_t pid, struct audit_mount **mounts, size_t *count)
{
	autofree struct audit_mount *list = NULL;
	autofree char *line = NULL;
	size_t found = 0, room = 0, line_size = 0;
	char path[PATH_MAX];
	FILE *file;
	int r = 0;

	path_of(proc, pid, "mountinfo", path);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (r == 0 && getline(&line, &line_size, file) > 0) {
		if (found == room) {
			struct audit_mount *more;

			room = room ? 2 * room : 64;
			more = realloc(list, room * sizeof(*list));
			r = more ? 0 : -ENOMEM;
			list = more ? more : list;
		}
		if (r == 0 && !audit_parse_mount(line, &list[found++]))
			r = -EPROTO;
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	fclose(file);
	if (r < 0)
		return r;
	find_covered(list, found);
	*mounts = steal_ptr(&list);
	*count = found;
	return 0;
}

const struct audit_mount *audit_mount_of(const struct audit *audit, int id)
{
	for (size_t i = 0; i < audit->mounts_count; i++)
		if (audit->mounts[i].id == id)
			return &audit->mounts[i];
	return NULL;
}

/* --- results of a check --- */

static void add(struct audit_result *result, const char *fmt, va_list ap)
{
	char text[sizeof(result->seen)];
	size_t len = strlen(result->seen);
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n < 0 || len + (size_t)n + 3 > sizeof(result->seen)) {
		result->untold++;
		return;
	}
	if (len)
		strcat(result->seen, "; ");
	strcat(result->seen, text);
}

void audit_find(struct audit_result *result, const char *fmt, ...)
{
	va_list ap;

	/* A finding replaces an earlier result of "unknown". */
	if (result->state != AUDIT_FINDING)
		*result = (struct audit_result){.state = AUDIT_FINDING};
	va_start(ap, fmt);
	add(result, fmt, ap);
	va_end(ap);
}

void audit_miss(struct audit_result *result, int error, const char *what)
{
	/* ENOENT and ESRCH: the process has ended, or is about to end. There is nothing to see. */
	if (error != -ENOENT && error != -ESRCH)
		audit_fail(result, error, what);
}

void audit_fail(struct audit_result *result, int error, const char *what)
{
	if (result->state != AUDIT_OK)
		return;
	*result = (struct audit_result){.state = AUDIT_UNKNOWN};
	snprintf(result->seen, sizeof(result->seen), "%s: %s", what, strerror(-error));
}

void audit_see(struct audit_result *result, const char *fmt, ...)
{
	va_list ap;

	if (result->state != AUDIT_OK)
		return;
	va_start(ap, fmt);
	vsnprintf(result->seen, sizeof(result->seen), fmt, ap);
	va_end(ap);
}

const char *audit_who(const struct audit *audit, pid_t pid)
{
	static char texts[2][64];
	static int turn;
	char *text = texts[turn ^= 1], name[24] = "";

	if (pid == audit->target.init)
		return "the agent";
	audit_status(audit->target.proc, pid, "Name", name, sizeof(name));
	/* A program chooses its own name: replace unprintable characters. */
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	snprintf(text, sizeof(texts[0]), "process %d (%s)", (int)pid, name);
	return text;
}
