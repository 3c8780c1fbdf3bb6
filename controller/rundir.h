/*
 * The controller's folder: mode 0700, one a controller, holding its ipc sockets.
 * It lies in /run/bonsai (root), $XDG_RUNTIME_DIR/bonsai, or /tmp/bonsai-UID when
 * there is none; the base folder goes with its last tree. The live owner holds a
 * flock(2) on the folder, so a folder nobody holds is left over from a kill of all
 * parties at once, and is swept by the next rundir_create.
 */
#ifndef BONSAI_CONTROLLER_RUNDIR_H
#define BONSAI_CONTROLLER_RUNDIR_H

#include "base/err.h"

#define RUNDIR_PATH_BYTES 88 /* room for "/events" within sun_path's 108 */

struct rundir {
	char path[RUNDIR_PATH_BYTES]; /* "" when there is none */
	int fd;			      /* holds the lock */
};

/* Makes a fresh folder and locks it; sweeps stale siblings first. */
int rundir_create(struct rundir *dir, struct err *err);

/* Removes folder and sockets in it, and the base folder if empty. Idempotent. */
void rundir_remove(struct rundir *dir);

/* The same by path alone: for the client whose controller was killed. */
void rundir_remove_path(const char *path);

#endif
