/*
 * A tree's folder: mode 0700, one a tree, holding its sockets. It lies in a base
 * folder: /run/bonsai (root), $XDG_RUNTIME_DIR/bonsai, or /tmp/bonsai-UID when there
 * is none; its name is the tree's, or tree-XXXXXX for one without a name. The base
 * goes with its last tree.
 *
 * Two flock(2)s say who is there. The folder's own is held by the controller that
 * made it and, inherited, by its launcher: while either lives the tree is held; a folder
 * that nobody holds is left over from a kill of all parties at once, counts as not
 * there, and is swept by the next rundir_create. That of the file "controller"
 * in it is held by the one controller that serves just now, whose pid is in the file.
 */
#ifndef BONSAI_CONTROLLER_RUNDIR_H
#define BONSAI_CONTROLLER_RUNDIR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RUNDIR_PATH_BYTES 88 /* room for "/launcher" within sun_path's 108 */
#define RUNDIR_NAME_MAX 32
#define RUNDIR_DEFAULT_NAME "main"

struct rundir {
	char path[RUNDIR_PATH_BYTES]; /* "" when there is none */
	int fd;			      /* the folder; with its lock, where we made it */
	int turn;		      /* holds the lock of the one that serves */
};

enum rundir_state {
	RUNDIR_FREE,   /* no such tree */
	RUNDIR_HELD,   /* its launcher lives, without a controller */
	RUNDIR_SERVED, /* a controller is there, or on its way up or down */
};

struct rundir_tree {
	char name[RUNDIR_NAME_MAX + 1];
	char path[RUNDIR_PATH_BYTES];
	enum rundir_state state;
	pid_t controller; /* 0 when not known */
};

/* What a name is, for who gave none. */
#define RUNDIR_NAME_RULE                                                                           \
	"1 to 32 letters, digits, '.', '_' and '-', the first a letter or digit, but not tree-..."

/* By that rule: what begins with "tree-" are those without a name. */
bool rundir_is_name(const char *name);

/*
 * Makes a fresh folder and takes both locks; sweeps stale siblings first. `name` may
 * be NULL. -EEXIST when a tree of that name is there.
 */
int rundir_create(struct rundir *dir, const char *name, struct err *err);

/*
 * Takes the place of the controller of a tree that is held. -ENOENT when it is not
 * there, -EBUSY when a controller serves it.
 */
int rundir_attach(struct rundir *dir, const char *name, struct err *err);

/* Removes folder and files in it, and the base folder if empty. Idempotent. */
void rundir_remove(struct rundir *dir);

/* The same by path alone: for the client whose controller was killed. */
void rundir_remove_path(const char *path);

/* Gives up turn and locks; the folder stays for its launcher and the next controller. */
void rundir_leave(struct rundir *dir);

/* Looks for the tree of that name. RUNDIR_FREE leaves all but `state` and `name` empty. */
void rundir_find(const char *name, struct rundir_tree *tree);

/*
 * All trees of this user that are there, by name; *trees is the caller's to free.
 * Trees without a name are among them.
 */
int rundir_list(struct rundir_tree **trees, size_t *count, struct err *err);

#endif
