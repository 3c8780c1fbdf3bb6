/*
 * Giving up what a process may do. Steps of a sandbox's set-up, in the order in
 * which they must be called; each is for the calling process alone and final.
 */
#ifndef BONSAI_SANDBOX_PRIVILEGES_H
#define BONSAI_SANDBOX_PRIVILEGES_H

#include "base/err.h"

#include <stdint.h>

/*
 * Once in a process, before the others: makes what they need, so that inits that are cloned later
 * have it. The caller is single-threaded.
 */
int privileges_prepare(struct err *err);

/*
 * What an agent keeps for itself, as `own` of privileges_drop: CAP_NET_BIND_SERVICE, for the port
 * that programs may not bind (base/address.h). On kernels that refuse SO_ATTACH_FILTER without
 * it, as privileges_prepare found, CAP_NET_ADMIN as well (node/listen.h).
 */
uint64_t privileges_of_agent(void);

/*
 * After privileges_prepare. Empties every capability set but for two lists (bit N is number N),
 * and sets no_new_privs. `keep` is for programs: inheritable, ambient and bounding, not in effect
 * for the caller. `own` is in effect for the caller alone: what it executes has none of it.
 */
int privileges_drop(uint64_t keep, uint64_t own, struct err *err);

/* Sets the resource limits of a node that never change (table in privileges.c). */
int privileges_limit(struct err *err);

#endif
