/*
 * Which ids a sandbox has on the host. The launcher's user namespace maps its id 0 to the user who
 * starts the launcher. If root starts the launcher, the namespace also maps a range of high ids
 * that belong to nobody (systemd's UIDS-GIDS.md leaves this range unused). Each sandbox then gets
 * one id of that range. So no sandbox has the id of the host's root, and the kernel enforces limits
 * per user (RLIMIT_NPROC does not bind the host's root). An ordinary user can map only one id, the
 * user's own. If an ordinary user starts the launcher, every sandbox has this id.
 */
#ifndef BONSAI_SANDBOX_IDS_H
#define BONSAI_SANDBOX_IDS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The default range, as the host numbers it. */
#define IDS_RANGE_FIRST 1900000000u
#define IDS_RANGE_COUNT 200000000u

/*
 * Writes the id maps of the launcher `pid`, which has just unshared its user namespace. Runs
 * outside of that namespace. Maps the `count` ids from `first` on, as the host numbers them; only
 * root may do that (-EPERM). `count` 0: root maps the default range if possible; an ordinary user
 * maps no range.
 */
int ids_map_launcher(pid_t pid, uint32_t first, uint32_t count, struct err *err);

/*
 * As ids_map_launcher, but always maps a range, and maps it to itself: an id of this range is the
 * same in the launcher's user namespace and on the host. An ordinary user's range is the one in
 * /etc/subuid and /etc/subgid (subids.h).
 */
int ids_map_launcher_range(pid_t pid, uint32_t first, uint32_t count, struct err *err);

/*
 * True if the caller, a launcher, has a range of ids. Sets *first and *count to that range, and
 * *by_root to whether root started the launcher.
 */
bool ids_find_range(uint32_t *first, uint32_t *count, bool *by_root);

/*
 * True if the caller, a launcher, has a range of ids for its sandboxes. Call it before the
 * functions below.
 */
bool ids_have_range(void);

/*
 * Returns the id, as the launcher numbers it, that is root in sandbox `id`. If the range has fewer
 * ids than there are sandboxes, some sandboxes share an id. With an image all sandboxes get the id
 * of IDS_SHARED, since the image's files have one owner. On the host that id is the first of the
 * range; for the default range it is STORE_OWNER (images/store.h).
 */
#define IDS_SHARED 0u
uint32_t ids_of_sandbox(uint32_t id, bool range);

/* Writes the id maps of sandbox `id`, whose init is `pid`. Runs in the launcher. */
int ids_map_sandbox(pid_t pid, uint32_t id, bool range, struct err *err);

#endif
