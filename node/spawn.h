/*
 * Starting one program in the sandbox: a session of its own, default signals, a small
 * clean environment, no descriptor but the standard three, which are pipes or
 * a terminal of its own.
 */
#ifndef BONSAI_NODE_SPAWN_H
#define BONSAI_NODE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is wanted; all of it the caller's. */
struct spawn_spec {
	char *const *argv; /* one word at least */
	char *const *env;  /* NAME=VALUE, beside and before what every program gets */
	const char *dir;   /* an absolute path */
	bool input;	   /* a pipe for standard input; else, but for a terminal, /dev/null */
	bool terminal;
	uint16_t rows, columns; /* of the terminal */
};

/* What became of it: our ends, non-blocking, the caller's to close. */
struct spawned {
	pid_t pid; /* also its session and process group */
	int in;	   /* -1 without input */
	int out;
	int errors; /* -1 with a terminal, where `in` and `out` are the master's descriptors */
};

/*
 * Starts argv[0], looked up as execvp(3) does, in node `id`. 0, or a negative errno: that
 * of exec when it was exec that failed.
 */
int spawn_program(uint32_t id, const struct spawn_spec *spec, struct spawned *spawned);

/*
 * Beforehand: so that programs can yield where memory is limited (base/programs.h), which is when
 * the kernel takes it from them before it takes it from this process.
 */
void spawn_prepare(void);

/*
 * 0 if programs can be started in folder `path`, or a negative errno: asked first, since
 * spawn_program's errors are exec's.
 */
int spawn_find_dir(const char *path);

#endif
