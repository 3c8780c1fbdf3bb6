/*
 * Who a sandbox is on the host. The launcher's user namespace maps its id 0 to
 * whoever starts it. Started by root it also maps a high range that belongs to
 * nobody (systemd's UIDS-GIDS.md leaves it unused), and each sandbox becomes one
 * id of it: root of the host is then no id of any sandbox, and per-user limits
 * (RLIMIT_NPROC spares the host's root) hold. An ordinary user has one id to give,
 * his own, and every sandbox has it.
 */
#ifndef BONSAI_SANDBOX_IDS_H
#define BONSAI_SANDBOX_IDS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The range unless another is told, as the host numbers it. */
#define IDS_RANGE_FIRST 1900000000u
#define IDS_RANGE_COUNT 200000000u

/*
 * Writes the maps of the freshly unshared launcher `pid`, from outside. With a range of `count`
 * ids from `first` on the host, which is for root alone; 0 of them: as above.
 */
int ids_map_launcher(pid_t pid, uint32_t first, uint32_t count, struct err *err);

/*
 * The same with a range in any case, mapped to itself: an id in a sandbox's map means the same
 * on the host. An ordinary user's is the one of /etc/subuid and subgid (subids.h).
 */
int ids_map_launcher_range(pid_t pid, uint32_t first, uint32_t count, struct err *err);

/* True if the caller, a launcher, has such a range: which, and whether root has started it. */
bool ids_find_range(uint32_t *first, uint32_t *count, bool *by_root);

/* True if the caller, a launcher, has a range to give ids from; before the following two. */
bool ids_have_range(void);

/*
 * The id that is root of sandbox `id`, as the launcher sees it; in a range that has not so many,
 * some share one. With an image all are as IDS_SHARED
 * is, since its files have one owner: on the host that is the first of the range, images/store.h's
 * STORE_OWNER.
 */
#define IDS_SHARED 0u
uint32_t ids_of_sandbox(uint32_t id, bool range);

/* Writes the maps of sandbox `id`, whose init is `pid`, from the launcher. */
int ids_map_sandbox(pid_t pid, uint32_t id, bool range, struct err *err);

#endif
