#!/bin/bash
# Limits where the host has version 2 of control groups alone, in a kernel of its own: as root in a group of its own, and as an
# ordinary user to whom one was delegated; that all step aside and back; and what is said where none was delegated. Real
# programs show each limit, that of disks included. Run by tests/vm/run.
root_group=/sys/fs/cgroup
[ "$(stat -f -c %T $root_group)" = cgroup2fs ] && [ -b /dev/ubda ] || { echo 'Bail out! this is not the kernel of tests/vm/boot'; exit 2; }
# On the disk, where nodes see it; past the cache, since it was written before.
mke2fs -q -t ext4 /dev/ubda && mount /dev/ubda /usr/local && head -c 4M /dev/urandom >/usr/local/data && sync || exit 2
. tests/lib/system.sh
. tests/lib/tree.sh cgroup2
. tests/lib/greed.sh
# Where everybody may read it, wherever the checkout lies.
cp -r "$BUILD" /opt/build && chmod -R a+rX /opt/build
BUILD=/opt/build
for controller in memory pids cpu io; do echo "+$controller" >$root_group/cgroup.subtree_control; done

user=12345
echo "tree:x:$user:$user::/tmp:/bin/sh" >>/etc/passwd
for file in /etc/subuid /etc/subgid; do echo tree:1800000000:65536 >>$file; done
become() { # ROOT|USER PROGRAM...: no shell is left in the group
	if [ "$1" = user ]; then
		shift
		exec setpriv --reuid=$user --regid=$user --clear-groups env -u XDG_RUNTIME_DIR HOME=/tmp "$@"
	else
		shift
		exec "$@"
	fi
}
make_group() { # NAME USER: as a service manager delegates one
	local file
	mkdir "$root_group/$1"
	chown "$2" "$root_group/$1"
	for file in $(cat /sys/kernel/cgroup/delegate); do [ ! -e "$root_group/$1/$file" ] || chown "$2" "$root_group/$1/$file"; done
}
# b GROUP WHO SUB-COMMAND ARG...
b() {
	local group=$1 who=$2 sub=$3
	shift 3
	(
		echo $BASHPID >"$root_group/$group/cgroup.procs" || exit 9
		become "$who" "$BUILD/bonsai" "$sub" --tree "$tree" "$@"
	) </dev/null 2>&1
}
processes_in() { wc -l <"$root_group/$1/cgroup.procs"; }
reader='
import os, time, mmap
fd = os.open("/usr/local/data", os.O_RDONLY | os.O_DIRECT)
room = mmap.mmap(-1, 1 << 20)
begin = time.monotonic()
got = sum(os.preadv(fd, [room], i << 20) for i in range(3))
print(got >> 20, round((time.monotonic() - begin) * 1000))'

limits_work() { # WHO BACKEND
	local who=$1 backend=$2 group=of-$1-$2 info launcher got ms
	echo "# limits, as $who, by $backend"
	make_group "$group" "$([ "$who" = user ] && echo $user || echo 0)"
	mkdir "$root_group/$group-cli" # sub-commands come from elsewhere
	[ "$who" = root ] || chown $user "$root_group/$group-cli/cgroup.procs" "$root_group/$group-cli"
	is 'a tree with limits is up' "$(b "$group" "$who" up --backend "$backend" --memory 160M --pids 60 --cpus 1)" "OK: the tree $tree is up"
	info=$(b "$group-cli" "$who" info --json)
	launcher=$(sed -n 's/.*"launcher":\([0-9]*\).*/\1/p' <<<"$info")
	like 'by that backend' "$info" ".*\"backend\":\"$backend\".*"
	is 'nobody is left in the group itself' "$(processes_in "$group")" 0
	is 'controller, launcher and its two helpers have stepped aside' "$(processes_in "$group/bonsai-$launcher-aside")" 4
	is 'the tree has its limits' "$(cat "$root_group/$group/bonsai-$launcher"/{memory.max,pids.max,cpu.max} | paste -sd' ')" '167772160 60 100000 100000'
	like 'nodes are created' "$(b "$group-cli" "$who" create 2 --memory 64M --cpus 0.5)" 'OK: [0-9]+'
	like 'without limits too' "$(b "$group-cli" "$who" create 1 3)" $'OK: [0-9]+\nOK: [0-9]+'
	is 'what fits is had' "$(b "$group-cli" "$who" exec 2 -- python3 -c "${take/\%d/20}")" 20
	b "$group-cli" "$who" exec 2 -- python3 -c "${take/\%d/100}" >/dev/null
	is 'more is not' $? 137
	is_told() { b "$group-cli" "$who" events | grep -q "Out of memory: $1, 1 of its processes killed"; }
	check 'it is told' until_true is_told 'node 2 (its limit)'
	is 'its sibling has it' "$(b "$group-cli" "$who" exec 3 -- python3 -c "${take/\%d/100}")" 100
	b "$group-cli" "$who" exec 3 -- python3 -c "${take/\%d/200}" >/dev/null
	is 'but no more than the tree' $? 137
	check 'which is told as well' until_true is_told "node 3 (the tree's limit)"
	like 'a fork bomb ends at the limit of the tree' "$(b "$group-cli" "$who" exec 1 -- python3 -c "$bomb")" '(4[0-9]|50) Resource temporarily unavailable'
	is 'the agents are there' "$(b "$group-cli" "$who" pingall)" 'OK: 2 1 3'
	is 'disks are limited while it runs' "$(b "$group-cli" "$who" set 2 --io 1M)" OK
	like 'the kernel has been told' "$(cat "$root_group/$group/bonsai-$launcher/n2/io.max")" '[0-9]+:0 rbps=1048576 wbps=1048576 .*'
	read -r got ms <<<"$(b "$group-cli" "$who" exec 2 -- python3 -c "$reader")"
	check "3 MB at 1 MB/s: $got MB in $ms ms" [ "$got" = 3 -a "$ms" -ge 1800 ]
	is 'those of the tree as well' "$(b "$group-cli" "$who" set tree --io 2M --cpus none)" OK
	is 'what was lifted is gone' "$(cut -d' ' -f1 "$root_group/$group/bonsai-$launcher/cpu.max")" max
	is 'one is frozen' "$(b "$group-cli" "$who" freeze 3)" OK
	[ "$backend" != lxc ] || is 'by its group' "$(cat "$root_group/$group/bonsai-$launcher/n3/cgroup.freeze")" 1
	is 'and thawed' "$(b "$group-cli" "$who" thaw 3)" OK
	like 'nothing is found in a node' "$(b "$group-cli" "$who" audit 2)" $'(ok +[a-z_]+ +.*\n?){13}'
	is 'down' "$(b "$group-cli" "$who" down)" "OK: the tree $tree is down, and nothing of it is left"
	is_empty() { [ -z "$(find "$root_group/$group" -mindepth 1 -type d)" ]; }
	check 'no group is left' until_true is_empty
	check 'nor is anybody in it' until_true rmdir "$root_group/$group"
	rmdir "$root_group/$group-cli"
}

limits_work root ns
limits_work user ns
limits_work root lxc
limits_work user lxc

# Where a group with processes hands nothing on, all that runs is moved for the first limit of one.
first_limit() { # WHO BACKEND
	local who=$1 backend=$2 group=first-$1-$2 launcher
	echo "# the first limit of nodes that are there, as $who, by $backend"
	make_group "$group" "$([ "$who" = user ] && echo $user || echo 0)"
	mkdir "$root_group/$group-cli"
	[ "$who" = root ] || chown $user "$root_group/$group-cli/cgroup.procs" "$root_group/$group-cli"
	is 'a tree without limits is up' "$(b "$group" "$who" up --backend "$backend")" "OK: the tree $tree is up"
	launcher=$(b "$group-cli" "$who" info --json | sed -n 's/.*"launcher":\([0-9]*\).*/\1/p')
	like 'nodes are created' "$(b "$group-cli" "$who" create 1 2 3)" $'OK: [0-9]+\nOK: [0-9]+\nOK: [0-9]+'
	like 'a program runs' "$(b "$group-cli" "$who" exec -d 2 -- python3 -c "$later")" 'OK: 2 program [0-9]+'
	like 'and another' "$(b "$group-cli" "$who" exec -d 3 -- sh -c 'setsid sleep 1000 & sleep 1000')" 'OK: 3 program [0-9]+'
	has_begun() { b "$group-cli" "$who" logs 2 | grep -qx begun; }
	check 'it has begun' until_true has_begun
	is 'one gets a limit' "$(b "$group-cli" "$who" set 2 --memory 64M)" OK
	is 'nobody is left in the group itself' "$(processes_in "$group")" 0
	is 'its agent and its program are in its group' "$(processes_in "$group/bonsai-$launcher/n2")" 2
	is 'the others in theirs' "$(processes_in "$group/bonsai-$launcher/n1") $(processes_in "$group/bonsai-$launcher/n3")" '1 4'
	is 'what waits goes on' "$(b "$group-cli" "$who" exec 2 -- touch /tmp/go)" ''
	is_told() { b "$group-cli" "$who" events | grep -q "Out of memory: $1, 1 of its processes killed"; }
	check 'and is held to it' until_true is_told 'node 2 (its limit)'
	is 'the tree gets one as well' "$(b "$group-cli" "$who" set tree --pids 60 --memory 80M)" OK
	b "$group-cli" "$who" exec 3 -- python3 -c "${take/\%d/100}" >/dev/null
	is 'which holds for all' $? 137
	like 'a node comes with one' "$(b "$group-cli" "$who" create 4 --pids 20)" 'OK: [0-9]+'
	is 'down' "$(b "$group-cli" "$who" down)" "OK: the tree $tree is down, and nothing of it is left"
	is_empty() { [ -z "$(find "$root_group/$group" -mindepth 1 -type d)" ]; }
	check 'no group is left' until_true is_empty
	check 'nor is anybody in it' until_true rmdir "$root_group/$group"
	rmdir "$root_group/$group-cli"
}

first_limit root ns
first_limit user ns
first_limit root lxc

echo '# a launcher that was killed'
make_group killed 0
is 'a tree with limits is up' "$(b killed root up --pids 60)" "OK: the tree $tree is up"
kill -KILL "$(launcher_of "$tree")"
is_gone_all() { [ -z "$(find $root_group/killed -mindepth 1 -type d)" ]; }
check 'its groups are swept' until_true is_gone_all
check 'nor is anybody in it' until_true rmdir $root_group/killed

echo '# where others are in the group, or it is not ours'
make_group shared 0
sleep 1000 &
sleeper=$!
echo $sleeper >$root_group/shared/cgroup.procs
like 'it is said' "$(b shared root up --memory 64M)" 'Error: limit memory: no control group below /sys/fs/cgroup/shared: Device or resource busy; see bonsai doctor'
is 'nothing is made' "$(find $root_group/shared -mindepth 1 -type d)" ''
kill $sleeper
mkdir $root_group/foreign
like 'it is said' "$(b foreign user up --memory 64M)" 'Error: limit memory: no control group below /sys/fs/cgroup/foreign: Permission denied; see bonsai doctor'
is 'nothing is made' "$(find $root_group/foreign -mindepth 1 -type d)" ''
nothing_left 'nothing is left'
finish_tests
