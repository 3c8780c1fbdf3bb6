#include "base/waiting.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the beginning of a file as a string. False: the file cannot be read, or is empty. */
static bool read_text(int folder, pid_t tid, const char *name, char *text, size_t size)
{
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", (int)tid, name);
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool look_at_thread(int folder, pid_t tid, struct waiting_thread *thread)
{
	char text[256];
	const char *state;

	*thread = (struct waiting_thread){.tid = tid};
	/*
	 * Search the last ')': the process chooses the name before the state, and the name may hold
	 * parentheses.
	 */
	if (!read_text(folder, tid, "stat", text, sizeof(text)) || !(state = strrchr(text, ')')) ||
	    state[1] != ' ')
		return false;
	thread->state = state[2];
	return read_text(folder, tid, "schedstat", text, sizeof(text)) &&
	       sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &thread->ran_ns, &thread->waited_ns,
		      &thread->runs) == 3;
}

bool waiting_look(const char *proc, pid_t pid, int64_t now_ns, struct waiting *waiting)
{
	const struct dirent *entry;
	char path[128];
	DIR *folder;

	*waiting = (struct waiting){.pid = pid, .time_ns = now_ns};
	snprintf(path, sizeof(path), "%s/%d/task", proc, (int)pid);
	folder = opendir(path);
	if (!folder || !look_at_thread(dirfd(folder), pid, &waiting->thread[0])) {
		if (folder)
			closedir(folder);
		return false;
	}
	waiting->count = 1;
	while (waiting->count < WAITING_THREADS_MAX && (entry = readdir(folder))) {
		pid_t tid = atoi(entry->d_name);

		if (tid > 0 && tid != pid &&
		    look_at_thread(dirfd(folder), tid, &waiting->thread[waiting->count]))
			waiting->count++;
	}
	closedir(folder);
	return true;
}

bool waiting_is_stopped(const struct waiting *waiting)
{
	return strchr("TtZX", waiting->thread[0].state) != NULL;
}

static const struct waiting_thread *find(const struct waiting *waiting, pid_t tid)
{
	for (size_t i = 0; i < waiting->count; i++)
		if (waiting->thread[i].tid == tid)
			return &waiting->thread[i];
	return NULL;
}

bool waiting_is_busy(const struct waiting *before, const struct waiting *now)
{
	uint64_t half_ns = (uint64_t)(now->time_ns - before->time_ns) / 2;

	for (size_t i = 0; i < now->count; i++) {
		const struct waiting_thread *is = &now->thread[i];
		const struct waiting_thread *was = find(before, is->tid);

		if (is->state == 'R' ||
		    (was && is->ran_ns - was->ran_ns + is->waited_ns - was->waited_ns >= half_ns))
			return true;
	}
	return false;
}

bool waiting_was_starved(const struct waiting *first, const struct waiting *before,
			 const struct waiting *now, uint64_t enough)
{
	uint64_t half_ns = (uint64_t)(now->time_ns - before->time_ns) / 2;

	for (size_t i = 0; i < now->count; i++) {
		const struct waiting_thread *is = &now->thread[i];
		const struct waiting_thread *was = find(before, is->tid);
		const struct waiting_thread *at_first = find(first, is->tid);

		if (!was || (at_first && is->runs - at_first->runs >= enough))
			continue;
		/*
		 * The kernel adds a wait to waited_ns only when the wait ends, and never adds a
		 * wait for a CPU quota. So a thread that is ready to run, but has hardly run,
		 * counts as waiting.
		 */
		if ((is->state == 'R' && is->ran_ns - was->ran_ns < half_ns) ||
		    is->waited_ns - was->waited_ns >= half_ns)
			return true;
	}
	return false;
}
