/*
 * If a monitor is killed while liblxc starts its container, the future init of the container can
 * stay behind. When that process changes its ids, the kernel clears its parent-death signal. Until
 * the process sets the signal again, it waits forever for a message of its parent. The process
 * still has the title of the monitor and the environment of the spawner. The functions below find
 * it by these.
 */
#ifndef BONSAI_SANDBOX_LXC_ORPHANS_H
#define BONSAI_SANDBOX_LXC_ORPHANS_H

#include <stdint.h>
#include <sys/types.h>

#define LXC_ORPHANS_MARK                                                                           \
	"BONSAI_SPAWNED_BY" /* in the spawner's environment: the launcher's pid                    \
			     */
#define LXC_MONITOR_TITLE "bonsai-monitor %u"

/* Kills the processes that the monitor of sandbox `id` has left. This monitor has ended. */
void lxc_orphans_kill(pid_t launcher, uint32_t id);

/*
 * Kills all monitors and the processes that they left, and waits at most 5 s until they have ended.
 */
void lxc_orphans_end(pid_t launcher);

#endif
