#!/bin/bash
# What a program sees in a node, end to end: the ways out are tried one by one in tests/sandbox.
. tests/lib/system.sh

# inside NODE NAME REGEX SCRIPT: the script's output in that node, its lines joined by blanks.
inside() {
	send "exec $1 -- sh -c '($4) 2>&1 | xargs echo'"
	read_line || die "$2" "$(cat "$errors")"
	like "$2" "$line" "$3"
}

start
create 6 3 8 7
inside 3 'its name is its own' n3 'hostname'
inside 3 'it is told its number' 3 'echo $BONSAI_NODE'
inside 3 'PID 1 is the agent' 'bonsai-node 3' 'tr "\\0" " " </proc/1/cmdline'
inside 3 'no process but its own is seen' '1 bonsai-node( [0-9]+ (sh|ps|xargs))+' 'ps -e -o pid=,comm='
inside 3 'its user is root of nothing' '0 0' 'id -u; id -g'
inside 3 'no capability, not even to be gained' '(Cap(Inh|Prm|Eff|Bnd|Amb): 0+ ?)+' 'grep ^Cap /proc/self/status'
inside 3 'a filter, and no new privileges' 'NoNewPrivs: 1 Seccomp: 2' 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status'
inside 3 'the agent is held by the same' 'NoNewPrivs: 1 Seccomp: 2' 'grep -E "^(NoNewPrivs|Seccomp):" /proc/1/status'
inside 6 'the interfaces of a parent: its own end of each child' 'c3 c8 lo up' 'ls /sys/class/net | sort'
inside 8 'of a node with one child' 'c7 lo up' 'ls /sys/class/net | sort'
inside 3 'of a leaf' 'lo up' 'ls /sys/class/net | sort'
inside 3 'no route but to its parent' '1' 'tail -n +2 /proc/net/route | wc -l'
inside 3 'the root folder is what a node needs' 'bin dev etc lib[a-z0-9 ]* proc root run sbin sys tmp usr var' 'ls /'
touch "$scratch/of-the-host"
inside 3 'no file of the host is seen' '0' "ls $scratch /home /run/user 2>/dev/null | wc -l"
inside 3 '/usr cannot be written' '.*Read-only file system.*' 'touch /usr/x'
inside 3 'nor the root, nor /etc' '.*Read-only.*Read-only.*' 'touch /x; touch /etc/x'
inside 3 'nor /proc/sys, not even for its own network' '.*Read-only.*' 'echo 1 >/proc/sys/net/ipv4/ip_forward'
inside 3 'nor /sys' '.*Read-only.*' 'touch /sys/x'
inside 3 '/tmp can, and holds programs' 'runs' 'cp /bin/echo /tmp/e; /tmp/e runs'
inside 8 '/tmp of another node is another' '0' 'ls /tmp | wc -l'
inside 3 'PID 1 cannot be killed from inside' 'bonsai-node' 'kill -9 1; cat /proc/1/comm'
inside 3 'no descriptor but the standard three' '0 1 2 3' 'ls /proc/self/fd'
inside 3 'nothing of ours in the environment' 'BONSAI_NODE HOME PATH PWD' 'env | cut -d= -f1 | grep -vE "^(_|OLDPWD|SHLVL)$" | sort'
inside 3 'nothing can be mounted' '.*(denied|permitted|must be superuser|failed).*' 'mount -t tmpfs x /tmp'
inside 3 'no namespace can be made' '.*(denied|permitted|implemented).*' 'unshare -U true'
for kind in user pid mnt net uts ipc cgroup; do
	of_host=$(readlink "/proc/self/ns/$kind")
	inside 3 "its $kind namespace is its own" "$kind:\[[0-9]+\]" "readlink /proc/self/ns/$kind"
	check "not the host's" [ "$line" != "$of_host" ]
done
try pingall 'OK: 6 (3 8|8 3) 7'
bye
finish_tests
