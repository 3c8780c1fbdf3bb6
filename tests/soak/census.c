#include "tests/soak/census.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define PROCESSES_MAX 32768
#define INTERFACES_MAX 4096

/*
 * The launcher's children that are no inits: the cloner and the spawner make nodes, the sweeper
 * removes control groups after the launcher's death.
 */
static const char *const helpers[] = {"(bonsai-cloner)", "(bonsai-sweeper", "(bonsai-spawner"};

struct process {
	pid_t pid, parent;
	char state, name[20];
	bool known; /* the init of a reported node, or the monitor of that init */
	bool idle;  /* an init whose node is available: its programs must all have ended */
};

struct processes {
	size_t count;
	struct process process[PROCESSES_MAX];
};

static bool differ(char text[CENSUS_TEXT_BYTES], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool differ(char text[CENSUS_TEXT_BYTES], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, CENSUS_TEXT_BYTES, fmt, ap);
	va_end(ap);
	return false;
}

/* Reads a small file of /proc as a string. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	len = fread(text, 1, size - 1, file);
	fclose(file);
	text[len] = '\0';
	return len > 0;
}

static bool read_process(pid_t pid, struct process *process)
{
	char text[512];
	const char *rest;
	int parent;

	if (!read_proc(pid, "stat", text, sizeof(text)))
		return false;
	/* The process name may contain ')' as well, so look for the last ')' of the line. */
	rest = strrchr(text, ')');
	*process = (struct process){.pid = pid};
	if (!rest || sscanf(rest, ") %c %d", &process->state, &parent) != 2)
		return false;
	snprintf(process->name, sizeof(process->name), "%.16s", strchr(text, '('));
	process->parent = parent;
	return true;
}

/* Calls `each` with every numeric name in a folder. False if the folder cannot be read. */
static bool each_number(const char *folder, void (*each)(void *own, pid_t number), void *own)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);

	if (!dir)
		return false;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			each(own, (pid_t)strtol(entry->d_name, NULL, 10));
	closedir(dir);
	return true;
}

static void add_process(void *own, pid_t pid)
{
	struct processes *all = own;

	if (all->count < PROCESSES_MAX && read_process(pid, &all->process[all->count]))
		all->count++;
}

static struct process *find(struct processes *all, pid_t pid)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->process[i].pid == pid)
			return &all->process[i];
	return NULL;
}

/* --- nodes ---------------------------------------------------------------------------------------
 */

static const char *state_of(const json_t *node)
{
	return json_string_value(json_object_get(node, "state"));
}

static bool has_sandbox(const json_t *node)
{
	const char *state = state_of(node);

	return state &&
	       (!strcmp(state, "running") || !strcmp(state, "suspect") || !strcmp(state, "frozen"));
}

static int node_id(const json_t *node)
{
	return (int)json_integer_value(json_object_get(node, "node"));
}

static pid_t node_pid(const json_t *node)
{
	return (pid_t)json_integer_value(json_object_get(node, "pid"));
}

/* Returns the id of the node's parent, or -1 for the root. */
static int parent_id(const json_t *node)
{
	const json_t *parent = json_object_get(node, "parent");

	return json_is_integer(parent) ? (int)json_integer_value(parent) : -1;
}

static const json_t *find_node(const json_t *nodes, int id)
{
	const json_t *node;
	size_t i;

	json_array_foreach(nodes, i, node) if (node_id(node) == id) return node;
	return NULL;
}

/* --- interfaces ----------------------------------------------------------------------------------
 */

/* True if the text of /proc/PID/net/dev has an interface of that name. */
static bool has_interface(const char *table, const char *name)
{
	char wanted[32];
	const char *at = table;
	size_t len = (size_t)snprintf(wanted, sizeof(wanted), "%s:", name);

	while ((at = strstr(at, wanted))) {
		if (at > table && (at[-1] == ' ' || at[-1] == '\n'))
			return true;
		at += len;
	}
	return false;
}

static size_t count_interfaces(const char *table)
{
	size_t count = 0;

	for (; *table; table++)
		count += *table == ':';
	return count;
}

/*
 * Checks the interfaces of a node, or of the launcher (`id` -1): the loopback, "up" if `above`, and
 * "cN" for each child N that has a sandbox. `above` says that a link to a parent must exist.
 */
static bool links_agree(const json_t *nodes, int id, pid_t pid, bool above,
			char text[CENSUS_TEXT_BYTES])
{
	autofree char *table = calloc(1, INTERFACES_MAX * 16);
	size_t wanted = above ? 2 : 1, i;
	const json_t *node;
	char name[16];

	if (!table || !read_proc(pid, "net/dev", table, INTERFACES_MAX * 16))
		return differ(text, "node %d, pid %d: its interfaces are not to be read", id, pid);
	if (above != has_interface(table, "up"))
		return differ(text, "node %d: \"up\" is %sthere", id, above ? "not " : "");
	json_array_foreach(nodes, i, node)
	{
		if (parent_id(node) != id || !has_sandbox(node))
			continue;
		snprintf(name, sizeof(name), "c%d", node_id(node));
		if (!has_interface(table, name))
			return differ(text, "node %d: %s is not there", id, name);
		wanted++;
	}
	/* In net/dev, each interface has a line with one ':'. The two head lines have none. */
	if (count_interfaces(table) != wanted)
		return differ(text, "node %d: %zu interfaces, not %zu", id, count_interfaces(table),
			      wanted);
	return true;
}

static bool all_links_agree(const json_t *nodes, pid_t launcher, char text[CENSUS_TEXT_BYTES])
{
	const json_t *node, *parent;
	size_t i;

	json_array_foreach(nodes, i, node)
	{
		if (!has_sandbox(node))
			continue;
		parent = find_node(nodes, parent_id(node));
		if (!links_agree(nodes, node_id(node), node_pid(node),
				 parent_id(node) < 0 || has_sandbox(parent), text))
			return false;
	}
	return links_agree(nodes, -1, launcher, false, text);
}

/* --- processes -----------------------------------------------------------------------------------
 */

/*
 * True if the process is a helper of the launcher, and the first of its kind. `seen` has a bit for
 * each kind seen so far.
 */
static bool is_helper(const struct process *process, unsigned *seen)
{
	for (unsigned i = 0; i < ARRAY_SIZE(helpers); i++) {
		if (strncmp(process->name, helpers[i], strlen(helpers[i])) || *seen & 1u << i)
			continue;
		*seen |= 1u << i;
		return true;
	}
	return false;
}

/*
 * True if the process is a node's init. With the lxc backend, the launcher's child is the monitor,
 * and the init is the monitor's child; marks the monitor as known.
 */
static bool is_launchers(struct processes *all, struct process *process, pid_t launcher)
{
	struct process *parent;

	if (process->parent == launcher)
		return true;
	parent = find(all, process->parent);
	if (!parent || parent->parent != launcher || strncmp(parent->name, "(bonsai-monitor", 15))
		return false;
	parent->known = true;
	return true;
}

static bool processes_agree(const json_t *nodes, struct processes *all, pid_t launcher,
			    char text[CENSUS_TEXT_BYTES])
{
	struct process *process;
	const json_t *node;
	unsigned seen = 0;
	size_t i;

	json_array_foreach(nodes, i, node)
	{
		process = find(all, node_pid(node));
		if (!has_sandbox(node))
			continue;
		if (!process || !is_launchers(all, process, launcher) || process->state == 'Z')
			return differ(text, "node %d is %s, but pid %d is no child of the launcher",
				      node_id(node), state_of(node), (int)node_pid(node));
		process->known = true;
		process->idle = json_is_true(json_object_get(node, "available"));
	}
	for (i = 0; i < all->count; i++) {
		const struct process *parent = find(all, all->process[i].parent);

		process = &all->process[i];
		if (process->parent == launcher && !process->known && is_helper(process, &seen))
			continue;
		if (process->parent == launcher && !process->known)
			return differ(text, "pid %d (%c) of the launcher is no node's",
				      (int)process->pid, process->state);
		if (parent && parent->idle)
			return differ(text, "pid %d (%c %s) is left in the node of pid %d",
				      (int)process->pid, process->state, process->name,
				      (int)parent->pid);
	}
	return true;
}

bool census_agrees(const json_t *nodes, pid_t launcher, bool links, char text[CENSUS_TEXT_BYTES])
{
	autofree struct processes *all = calloc(1, sizeof(*all));

	if (!all || !each_number("/proc", add_process, all))
		return differ(text, "/proc is not to be read");
	return processes_agree(nodes, all, launcher, text) &&
	       (!links || all_links_agree(nodes, launcher, text));
}

static void count_one(void *own, pid_t number)
{
	(void)number;
	++*(long *)own;
}

static long status_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

void census_usage(pid_t pid, struct usage *usage)
{
	char path[64], text[8192];

	*usage = (struct usage){-1, -1, -1};
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	usage->files = 0;
	if (!each_number(path, count_one, &usage->files))
		usage->files = -1;
	if (!read_proc(pid, "status", text, sizeof(text)))
		return;
	usage->threads = status_number(text, "\nThreads:");
	usage->rss_kb = status_number(text, "\nVmRSS:");
}

struct marked {
	long mark;
	pid_t found;
};

static long mark_of(pid_t pid)
{
	char text[32];

	return read_proc(pid, "oom_score_adj", text, sizeof(text)) ? strtol(text, NULL, 10) : 0;
}

static void look_for_mark(void *own, pid_t pid)
{
	struct marked *marked = own;
	struct process process;

	if (pid != getpid() && mark_of(pid) == marked->mark && read_process(pid, &process) &&
	    process.state != 'Z')
		marked->found = pid;
}

pid_t census_marked(void)
{
	struct marked marked = {.mark = mark_of(getpid())};

	if (marked.mark > 0)
		each_number("/proc", look_for_mark, &marked);
	return marked.found;
}

bool census_kill_child(pid_t pid, pid_t launcher)
{
	/*
	 * Open the pidfd before checking the process: the pidfd stays with the checked process,
	 * even if another process gets the same pid.
	 */
	autoclose int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct process process;

	return pidfd >= 0 && launcher > 0 && read_process(pid, &process) &&
	       process.parent == launcher &&
	       syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0;
}
