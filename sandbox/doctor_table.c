#include "sandbox/doctor.h"
#include "sandbox/doctor_probes.h"

#include "base/cleanup.h"

const struct doctor_probe doctor_probes[] = {
    {"processes", DOCTOR_NS, NULL, doctor_processes},
    {"open files", DOCTOR_NS, "processes", doctor_files},
    {"user namespaces", DOCTOR_NS, "processes", doctor_user_ns},
    {"all namespaces", DOCTOR_NS, "user namespaces", doctor_all_ns},
    {"setns by pidfd", DOCTOR_NS, "all namespaces", doctor_setns},
    {"veth", DOCTOR_NS, "all namespaces", doctor_veth},
    {"a root of its own", DOCTOR_NS, "all namespaces", doctor_base},
    {"proc, sysfs, tmpfs", DOCTOR_NS, "a root of its own", doctor_node_mounts},
    {"dropped privileges", DOCTOR_NS, "user namespaces", doctor_privileges},
    {"seccomp filter", DOCTOR_NS, "processes", doctor_seccomp},
    {"many namespaces", "hundreds of nodes", "all namespaces", doctor_many_ns},
    {"many open files", "hundreds of nodes", "open files", doctor_many_files},
    {"many processes", "hundreds of nodes", "processes", doctor_many_processes},
    {"memory", "hundreds of nodes", "processes", doctor_memory},
    {"devpts", "terminals", "user namespaces", doctor_devpts},
    {"pseudo-terminals", "terminals", "processes", doctor_ptys},
    {"overlay", "images", "user namespaces", doctor_overlay},
    {"cgroup of our own", "limits", "processes", doctor_cgroup},
    {"memory controller", "limits", "cgroup of our own", doctor_cgroup_memory},
    {"pids controller", "limits", "cgroup of our own", doctor_cgroup_pids},
    {"cpu controller", "limits", "cgroup of our own", doctor_cgroup_cpu},
    {"io controller", "limits", "cgroup of our own", doctor_cgroup_io},
    {"netem", "faults", "veth", doctor_netem},
    {"tbf", "faults", "veth", doctor_tbf},
    {"id ranges", "lxc backend", "user namespaces", doctor_id_ranges},
    {"liblxc", "lxc backend", "processes", doctor_liblxc},
    {"freezer", "lxc backend", "liblxc", doctor_lxc_freezer},
    {"lxc-ls", "lxc backend", "liblxc", doctor_lxc_tools},
};

const size_t doctor_probes_count = ARRAY_SIZE(doctor_probes);
