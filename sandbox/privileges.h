/*
 * Giving up what a process may do. Steps of a sandbox's set-up, in the order in
 * which they must be called; each is for the calling process alone and final.
 */
#ifndef BONSAI_SANDBOX_PRIVILEGES_H
#define BONSAI_SANDBOX_PRIVILEGES_H

#include "base/err.h"

#include <stdint.h>

/* Once in the launcher: what each of its inits will need, made before they are cloned. */
int privileges_prepare(struct err *err);

/*
 * After privileges_prepare. Empties every capability set, the bounding and ambient ones too, but
 * for those of `keep` (bit N is number N), which what is executed next has; sets no_new_privs.
 */
int privileges_drop(uint64_t keep, struct err *err);

/* Sets the resource limits of a node (table in privileges.c). */
int privileges_limit(struct err *err);

#endif
