/*
 * Measures a command COUNT times, from its start until it is reaped. Starts the command with vfork,
 * so that the time does not include a shell's own fork.
 *
 *	times COUNT AFTER COMMAND [ARG]...	prints: p50_ms M p99_ms P
 *
 * AFTER is a shell command that cleans up after each run, not measured; "" for none. The command's
 * output is discarded. If the command or AFTER fails, the program exits with status 1.
 */
#include "base/clock.h"
#include "tests/bench/samples.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool run(char *const *argv, posix_spawn_file_actions_t *actions)
{
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, argv[0], actions, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	static int64_t samples[SAMPLES_MAX];
	int count = argc > 3 ? atoi(argv[1]) : 0;
	posix_spawn_file_actions_t actions;

	if (count < 1 || count > SAMPLES_MAX) {
		fputs("usage: times COUNT AFTER COMMAND [ARG]...\n", stderr);
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < count; i++) {
		int64_t t0 = clock_ns();

		if (!run(argv + 3, &actions)) {
			fprintf(stderr, "times: %s failed\n", argv[3]);
			return 1;
		}
		samples[i] = clock_ns() - t0;
		if (argv[2][0] && system(argv[2]) != 0)
			return 1;
	}
	posix_spawn_file_actions_destroy(&actions);
	printf("p50_ms %.2f p99_ms %.2f\n",
	       (double)samples_percentile(samples, count, 50) / NS_PER_MS,
	       (double)samples_percentile(samples, count, 99) / NS_PER_MS);
	return 0;
}
