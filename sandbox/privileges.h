/*
 * Gives up privileges of the calling process. The functions are steps of a sandbox's set-up: first
 * privileges_prepare, then privileges_limit, then privileges_drop. Limiting and dropping affect
 * only the calling process and cannot be undone.
 */
#ifndef BONSAI_SANDBOX_PRIVILEGES_H
#define BONSAI_SANDBOX_PRIVILEGES_H

#include "base/err.h"

#include <stdint.h>

/*
 * Call once in a process, before the other functions. Makes the data that they need, so that inits
 * that are cloned later have the data too. The caller must be single-threaded.
 */
int privileges_prepare(struct err *err);

/*
 * The capabilities that an agent keeps, as `own` of privileges_drop. CAP_NET_BIND_SERVICE: for the
 * port that programs may not bind (base/address.h). CAP_NET_ADMIN: only on kernels that refuse
 * SO_ATTACH_FILTER without it, as privileges_prepare found (node/listen.h).
 */
uint64_t privileges_of_agent(void);

/*
 * Removes all capabilities from every capability set, except those of two lists (bit N is
 * capability number N), and sets no_new_privs. Call after privileges_prepare. `keep` is for
 * programs: inheritable, ambient and bounding, but not effective in the caller. `own` is effective
 * in the caller only: programs that it executes get none of it.
 */
int privileges_drop(uint64_t keep, uint64_t own, struct err *err);

/* Sets the resource limits of a node that never change (table in privileges.c). */
int privileges_limit(struct err *err);

#endif
