#include "controller/usage.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define NOT_YET (-2)
#define NOBODY (-1)

struct process {
	pid_t pid, parent;
	int64_t pages, ticks;
	ssize_t owner; /* index of a usage, NOBODY or NOT_YET */
};

struct processes {
	struct process *list; /* sorted by pid */
	size_t count, room;
};

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int usage_by_pid(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Reads a process's stat file. False: the process has exited, or the file may not be read. */
static bool read_process(int proc, const char *name, struct process *process)
{
	long long user, kernel, children_user, children_kernel, pages;
	char path[32], text[1024], *rest;
	ssize_t len;

	if (snprintf(path, sizeof(path), "%s/stat", name) >= (int)sizeof(path))
		return false;
	autoclose int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return false;
	text[len] = '\0';
	/* A program's name may contain any character: parse after the last parenthesis. */
	rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest,
		   ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld %*d "
		   "%*d %*d %*d %*u %*u %lld",
		   &process->parent, &user, &kernel, &children_user, &children_kernel, &pages) != 6)
		return false;
	process->pid = atoi(name);
	process->pages = pages;
	process->ticks = user + kernel + children_user + children_kernel;
	process->owner = NOT_YET;
	return true;
}

static bool make_room(struct processes *processes)
{
	size_t room = processes->room ? 2 * processes->room : 256;
	struct process *list;

	if (processes->count < processes->room)
		return true;
	list = realloc(processes->list, room * sizeof(*list));
	if (!list)
		return false;
	processes->list = list;
	processes->room = room;
	return true;
}

static int read_all(const char *proc, struct processes *processes, struct err *err)
{
	DIR *folder = opendir(proc);
	struct dirent *entry;

	if (!folder)
		return err_errno(err, -errno, "read %s", proc);
	while ((entry = readdir(folder))) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		if (!make_room(processes)) {
			closedir(folder);
			return err_errno(err, -ENOMEM, "read %s", proc);
		}
		if (read_process(dirfd(folder), entry->d_name, &processes->list[processes->count]))
			processes->count++;
	}
	closedir(folder);
	qsort(processes->list, processes->count, sizeof(*processes->list), by_pid);
	return 0;
}

static struct process *find(const struct processes *processes, pid_t pid)
{
	const struct process key = {.pid = pid};

	return processes->count ? bsearch(&key, processes->list, processes->count,
					  sizeof(*processes->list), by_pid)
				: NULL;
}

/*
 * Finds the owner of a process, the usage that it counts for: climbs to the first ancestor whose
 * owner is known, then sets that owner on the way. So each ancestor is climbed only once.
 */
static void settle(const struct processes *processes, struct process *process)
{
	struct process *top = process;
	ssize_t owner = NOBODY;

	/*
	 * The processes are read one after another. If a pid was reused meanwhile, their parents
	 * may form a ring: limit the steps.
	 */
	for (size_t steps = 0; top && steps <= processes->count; steps++) {
		if (top->owner != NOT_YET) {
			owner = top->owner;
			break;
		}
		top = find(processes, top->parent);
	}
	for (top = process; top && top->owner == NOT_YET; top = find(processes, top->parent))
		top->owner = owner;
}

int usage_read(const char *proc, struct usage *usages, size_t count, struct err *err)
{
	int64_t page_bytes = sysconf(_SC_PAGESIZE), ticks_s = sysconf(_SC_CLK_TCK);
	struct processes processes = {0};
	int r = read_all(proc, &processes, err);
	autofree struct process *list = processes.list;

	if (r < 0)
		return r;
	if (count)
		qsort(usages, count, sizeof(*usages), usage_by_pid);
	for (size_t i = 0; i < count; i++) {
		struct process *init = find(&processes, usages[i].pid);

		usages[i] = (struct usage){.pid = usages[i].pid, .known = init};
		if (init)
			init->owner = (ssize_t)i;
	}
	for (size_t i = 0; i < processes.count; i++) {
		struct usage *usage;

		settle(&processes, &list[i]);
		if (list[i].owner < 0)
			continue;
		usage = &usages[list[i].owner];
		usage->rss_bytes += list[i].pages * page_bytes;
		usage->cpu_ms += list[i].ticks * 1000 / ticks_s;
	}
	return 0;
}

const struct usage *usage_find(const struct usage *usages, size_t count, pid_t pid)
{
	const struct usage key = {.pid = pid};
	const struct usage *found =
	    count ? bsearch(&key, usages, count, sizeof(key), usage_by_pid) : NULL;

	return found && found->known ? found : NULL;
}
