/*
 * Ownership by scope: a variable marked with one of these frees what it holds
 * when it goes out of scope, unless it was handed over with steal_*().
 * Header only; used by every folder.
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

/* Hands the descriptor over: the variable is -1 afterwards. */
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

/* Hands the pointer over: the variable is NULL afterwards. */
#define steal_ptr(p) ((__typeof__(*(p)))steal_ptr_(p))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
