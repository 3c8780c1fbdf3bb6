/*
 * A monitor that is killed while liblxc starts its container can leave a process behind: between
 * its change of ids, which clears the parent-death signal, and its setting that anew, the
 * container's init-to-be waits for a word of its parent for ever. It has the spawner's image and
 * environment yet, and by these it is found.
 */
#ifndef BONSAI_SANDBOX_LXC_ORPHANS_H
#define BONSAI_SANDBOX_LXC_ORPHANS_H

#include <stdint.h>
#include <sys/types.h>

#define LXC_ORPHANS_MARK                                                                           \
	"BONSAI_SPAWNED_BY" /* in the spawner's environment: the launcher's pid                    \
			     */
#define LXC_MONITOR_TITLE "bonsai-monitor %u"

/* Kills what there is of monitor `id`, which has ended. */
void lxc_orphans_kill(pid_t launcher, uint32_t id);

/* Kills all monitors and what they left, and waits for their end, at most 5 s. */
void lxc_orphans_end(pid_t launcher);

#endif
