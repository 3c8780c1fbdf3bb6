/* The probes, for the table in doctor_table.c, and functions that several probes share. */
#ifndef BONSAI_SANDBOX_DOCTOR_PROBES_H
#define BONSAI_SANDBOX_DOCTOR_PROBES_H

#include "base/err.h"
#include "sandbox/doctor.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The number of nodes that "hundreds of nodes" stands for. */
#define DOCTOR_MANY_NODES 500

/*
 * Moves the calling process into new namespaces: a user namespace, in which this user is root, and
 * those of `flags`. Returns 0 or a negative errno. May wait, at most 1 s, for the kernel to remove
 * namespaces of earlier probes. The caller is a probe's child process.
 */
int doctor_unshare(int flags, struct err *err);

/*
 * Makes a child by clone3(2) with a pidfd and the namespaces `flags`. The child calls `run`, whose
 * result is its exit status. Returns the child's pid, or a negative errno. May wait as
 * doctor_unshare does.
 */
pid_t doctor_clone(uint64_t flags, int *pidfd, int (*run)(void *), void *data, struct err *err);

typedef void doctor_fn(struct doctor_finding *finding);

/* doctor_ns.c: namespaces and what an init does in them */
doctor_fn doctor_user_ns, doctor_all_ns, doctor_setns, doctor_many_ns, doctor_seccomp,
    doctor_privileges;
/* doctor_mounts.c */
doctor_fn doctor_base, doctor_node_mounts, doctor_devpts, doctor_overlay;
/* doctor_net.c */
doctor_fn doctor_veth, doctor_netem, doctor_tbf;
/* doctor_room.c: resources that limit how many nodes there can be */
doctor_fn doctor_files, doctor_processes, doctor_many_files, doctor_many_processes, doctor_memory,
    doctor_ptys;
/* doctor_cgroup.c */
doctor_fn doctor_cgroup, doctor_cgroup_memory, doctor_cgroup_pids, doctor_cgroup_cpu,
    doctor_cgroup_io;
/* doctor_lxc.c */
doctor_fn doctor_id_ranges, doctor_liblxc, doctor_lxc_freezer, doctor_lxc_tools;

#endif
