/*
 * A tree's folder: mode 0700, one for each tree, with the tree's sockets. It lies in a base folder:
 * /run/bonsai for root, else $XDG_RUNTIME_DIR/bonsai, or /tmp/bonsai-UID if there is none. The
 * folder has the tree's name, or is tree-XXXXXX for a tree without a name. The base folder is
 * removed with its last tree.
 *
 * Two locks (flock(2)) tell the tree's state. The controller that made the folder locks the folder,
 * and its launcher inherits that lock. While either of them lives, the tree is held. A folder that
 * is not locked remains from a kill of all processes at once: it counts as absent, and the next
 * rundir_create removes it. The other lock is that of the file "controller" in the folder. The
 * controller that serves now holds it and writes its pid into the file.
 */
#ifndef BONSAI_CONTROLLER_RUNDIR_H
#define BONSAI_CONTROLLER_RUNDIR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RUNDIR_PATH_BYTES 88 /* leaves room for "/launcher" in sun_path's 108 */
#define RUNDIR_NAME_MAX 32
#define RUNDIR_DEFAULT_NAME "main"

struct rundir {
	char path[RUNDIR_PATH_BYTES]; /* "" for none */
	int fd;			      /* the folder; holds its lock too, if this process made it */
	int turn;		      /* the locked file "controller" */
};

enum rundir_state {
	RUNDIR_FREE,   /* no such tree */
	RUNDIR_HELD,   /* the tree's launcher runs, without a controller */
	RUNDIR_SERVED, /* a controller runs, starts or stops */
};

struct rundir_tree {
	char name[RUNDIR_NAME_MAX + 1];
	char path[RUNDIR_PATH_BYTES];
	enum rundir_state state;
	pid_t controller; /* 0: unknown */
};

/* The rule for the names of trees, as a text for error messages. */
#define RUNDIR_NAME_RULE                                                                           \
	"1 to 32 letters, digits, '.', '_' and '-', the first a letter or digit, but not tree-..."

/*
 * True when `name` follows the rule. Names that begin with "tree-" are kept for trees without a
 * name.
 */
bool rundir_is_name(const char *name);

/*
 * Makes a new folder and takes both locks; removes stale folders beside it first. `name` may be
 * NULL. -EEXIST when a tree of that name is there.
 */
int rundir_create(struct rundir *dir, const char *name, struct err *err);

/*
 * Takes the place of the former controller of a tree that its launcher holds. -ENOENT when there is
 * no such tree, -EBUSY when a controller serves it.
 */
int rundir_attach(struct rundir *dir, const char *name, struct err *err);

/* Removes the folder and the files in it, and the base folder if that is empty. Idempotent. */
void rundir_remove(struct rundir *dir);

/* As rundir_remove, by path: for a client whose controller was killed. */
void rundir_remove_path(const char *path);

/* Releases this process's locks; the folder stays for its launcher and the next controller. */
void rundir_leave(struct rundir *dir);

/*
 * Looks for the tree of that name. If its state is RUNDIR_FREE, all members but `state` and `name`
 * are empty.
 */
void rundir_find(const char *name, struct rundir_tree *tree);

/*
 * Lists all live trees of this user by name, those without a name too. The caller frees *trees. 0
 * or -ENOMEM.
 */
int rundir_list(struct rundir_tree **trees, size_t *count, struct err *err);

#endif
