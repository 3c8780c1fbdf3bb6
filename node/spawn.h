/*
 * Starting one program in the sandbox: standard input /dev/null, output and errors
 * to pipes, a session of its own, default signals, a small clean environment, no
 * other descriptor.
 */
#ifndef BONSAI_NODE_SPAWN_H
#define BONSAI_NODE_SPAWN_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Starts argv[0], looked up as execvp(3) does, in node `id`. Returns the pid, which
 * is the program's session and process group as well, and fills `out` with the
 * reading, non-blocking ends of its standard output and error, the caller's to
 * close. Or a negative errno: that of exec when it was exec that failed.
 */
pid_t spawn_program(uint32_t id, char *const argv[], int out[2]);

#endif
