/*
 * Ownership by scope: a variable marked with autofree or autoclose frees or closes its value at the
 * end of its scope, unless steal_ptr() or steal_fd() took the value. Header only; used by every
 * folder.
 */
#ifndef BONSAI_BASE_CLEANUP_H
#define BONSAI_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define autofree __attribute__((cleanup(cleanup_free)))
#define autoclose __attribute__((cleanup(cleanup_close)))

/* Returns the descriptor in *fd, which the caller now owns, and sets *fd to -1. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static inline void *steal_ptr_(void *p)
{
	void *stolen = *(void **)p;

	*(void **)p = NULL;
	return stolen;
}

/* Returns the pointer in *p, which the caller now owns, and sets *p to NULL. */
#define steal_ptr(p) ((__typeof__(*(p)))steal_ptr_(p))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
