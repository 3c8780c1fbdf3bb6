#include "tests/sandbox/rig.h"

#include "base/clock.h"
#include "base/proc_stat.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PIDS_MAX 4096
#define END_TRIES 12000
#define END_PAUSE_US 5000

/* Inits of the running test; rig_stop() checks that they are gone. */
static pid_t pids[PIDS_MAX];
static size_t pid_count;
static pid_t launcher_pid;

static int entry(const char *boot)
{
	size_t len = strcspn(boot, " ");
	const char *arg = boot[len] ? boot + len + 1 : boot + len;

	if (strncmp(boot, "pause", len) == 0)
		for (;;)
			pause();
	if (strncmp(boot, "exit", len) == 0)
		return atoi(arg);
	for (const struct rig_entry *e = rig_entries; e->word; e++)
		if (strlen(e->word) == len && memcmp(e->word, boot, len) == 0)
			return e->run(arg);
	return 99;
}

void rig_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--launcher") == 0)
		exit(launcher_main(argc, argv, entry));
}

void rig_start_with(struct launcher *launcher, const struct launcher_options *options)
{
	struct err err = {0};

	pid_count = 0;
	if (launcher_start(launcher, options, &err) < 0)
		fail_msg("%s", err.text);
	launcher_pid = launcher->pid;
}

const char *rig_backend(void)
{
	const char *backend = getenv("BACKEND");

	return backend && *backend ? backend : "ns";
}

static char folder[32];

const char *rig_folder(void)
{
	strcpy(folder, "/tmp/bonsai-rig.XXXXXX");
	if (!mkdtemp(folder))
		fail_msg("make a folder in /tmp: %s", strerror(errno));
	return folder;
}

/*
 * Removes the rig's folder once it is empty. The launcher empties the folder; if the launcher was
 * killed, its helper does so a little later.
 */
static void assert_folder_goes(void)
{
	int64_t deadline_ns = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;

	while (*folder && rmdir(folder) < 0 && errno != ENOENT) {
		if (clock_ns() > deadline_ns)
			fail_msg("%s is left: %s", folder, strerror(errno));
		poll(NULL, 0, 5);
	}
	*folder = '\0';
}

void rig_start(struct launcher *launcher, const char *backend)
{
	const struct launcher_options options = {
	    .backend = backend, .agent = "/bin/true", .keep = -1, .folder = rig_folder()};

	rig_start_with(launcher, &options);
}

bool rig_alive(pid_t pid)
{
	struct proc_stat stat;

	return proc_stat_read(pid, &stat) && !proc_stat_is_dead(&stat);
}

bool rig_ends(pid_t pid)
{
	for (int i = 0; i < END_TRIES && rig_alive(pid); i++)
		usleep(END_PAUSE_US);
	return !rig_alive(pid);
}

/* Namespaces, mounts and veth pairs exist only as long as a process in them: look for processes. */
static void assert_no_process_left(void)
{
	assert_true(rig_ends(launcher_pid));
	for (size_t i = 0; i < pid_count; i++)
		if (!rig_ends(pids[i]))
			fail_msg("process %d of a sandbox is left", pids[i]);
}

void rig_stop(struct launcher *launcher)
{
	launcher_stop(launcher);
	assert_no_process_left();
	assert_folder_goes();
}

struct sandbox_spec rig_spec(uint32_t id, uint32_t parent, const char *boot)
{
	struct sandbox_spec spec = {
	    .id = id,
	    .parent = parent,
	    .parent_addr.s_addr = htonl(0x0a010000u + 2 * (id & 0x7fff)),
	    .child_addr.s_addr = htonl(0x0a010000u + 2 * (id & 0x7fff) + 1),
	};

	snprintf(spec.boot, sizeof(spec.boot), "%s", boot);
	return spec;
}

struct sandbox_event rig_next(struct launcher *launcher)
{
	int64_t deadline_ns = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;
	struct sandbox_event event;
	struct err err = {0};

	for (;;) {
		struct pollfd poll_fd = {.fd = launcher->fd, .events = POLLIN};
		int r = launcher_next(launcher, &event, &err);

		if (r < 0)
			fail_msg("%s", err.text);
		if (r > 0)
			break;
		if (clock_ns() > deadline_ns)
			fail_msg("no word from the launcher");
		poll(&poll_fd, 1, clock_ms_until(deadline_ns, RIG_LIMIT_MS));
	}
	if (event.kind == SANDBOX_CREATED && pid_count < PIDS_MAX)
		pids[pid_count++] = event.pid;
	return event;
}

pid_t rig_create(struct launcher *launcher, uint32_t id, uint32_t parent, const char *boot)
{
	struct sandbox_spec spec = rig_spec(id, parent, boot);
	struct sandbox_event event;
	struct err err = {0};

	if (launcher_create(launcher, &spec, &err) < 0)
		fail_msg("%s", err.text);
	event = rig_next(launcher);
	if (event.kind != SANDBOX_CREATED || event.id != id)
		fail_msg("create %u: event %d: %s", id, event.kind, event.err.text);
	return event.pid;
}

void rig_refuses(struct launcher *launcher, const struct sandbox_spec *spec,
		 enum sandbox_event_kind kind, int code)
{
	struct sandbox_event event;

	assert_int_equal(launcher_create(launcher, spec, NULL), 0);
	event = rig_next(launcher);
	assert_int_equal(event.kind, kind);
	assert_int_equal(event.err.code, code);
}

int rig_run(struct launcher *launcher, uint32_t id, uint32_t parent, const char *boot)
{
	struct sandbox_event event;

	rig_create(launcher, id, parent, boot);
	event = rig_next(launcher);
	assert_int_equal(event.kind, SANDBOX_EXITED);
	assert_int_equal(event.id, id);
	rig_remove(launcher, &id, 1);
	return event.signal ? 128 + event.signal : event.status;
}

void rig_remove(struct launcher *launcher, const uint32_t *ids, size_t count)
{
	static uint64_t ticket;
	struct sandbox_event event;
	struct err err = {0};

	if (launcher_remove(launcher, ids, count, ++ticket, &err) < 0)
		fail_msg("%s", err.text);
	do
		event = rig_next(launcher);
	while (event.kind == SANDBOX_EXITED);
	assert_int_equal(event.kind, SANDBOX_REMOVED);
	assert_int_equal(event.ticket, ticket);
}
