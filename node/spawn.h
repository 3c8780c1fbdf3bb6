/*
 * Starts one program in the sandbox: with a session of its own, default signals and a small clean
 * environment. The program's only descriptors are its standard three: pipes, or a terminal of its
 * own.
 */
#ifndef BONSAI_NODE_SPAWN_H
#define BONSAI_NODE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What to start. The caller owns all of it. */
struct spawn_spec {
	char *const *argv; /* at least one argument */
	char *const *env;  /* NAME=VALUE; these override the standard variables */
	const char *dir;   /* an absolute path */
	bool input;	   /* a pipe for standard input; else /dev/null, or the terminal */
	bool terminal;
	uint16_t rows, columns; /* of the terminal */
};

/* A started program. The descriptors are the agent's ends, non-blocking; the caller closes them. */
struct spawned {
	pid_t pid; /* also its session and process group id */
	int in;	   /* -1 without input */
	int out;
	int errors; /* -1 with a terminal: then `in` and `out` are descriptors of the master */
};

/*
 * Starts argv[0], found as execvp(3) does, in node `id`. Blocks until the program is executed. 0 or
 * a negative errno: exec's if exec failed, -ECANCELED if a program of the node stopped the child
 * before its exec.
 */
int spawn_program(uint32_t id, const struct spawn_spec *spec, struct spawned *spawned);

/*
 * Call once, before spawn_program. Opens this process's oom_score_adj, so that spawn_program can
 * give programs a higher score where memory is limited (base/programs.h). Then the kernel kills
 * programs before this process.
 */
void spawn_prepare(void);

/*
 * Checks that programs can be started in the folder `path`: 0 or a negative errno. Call this before
 * spawn_program, so that an error of spawn_program is not about the folder.
 */
int spawn_find_dir(const char *path);

#endif
