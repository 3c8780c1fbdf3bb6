#!/bin/bash
# Limits on a host that has version 2 of control groups alone, in a virtual machine: as root in a group of root's own, and as an
# ordinary user in a delegated group. Controller and launcher step aside and back. Real programs show each limit, also that of
# disks. Run by tests/vm/run.
. tests/lib/guest.sh
# Write data to the disk that nodes see. The reader must bypass the cache, which holds the data from this write.
mke2fs -q -t ext4 "$disk" && mount "$disk" /usr/local && head -c 4M /dev/urandom >/usr/local/data && sync || exit 2
. tests/lib/delegated.sh cgroup2
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
	begin_in "$group" "$who"
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
	end_in "$group" "$who"
}

limits_work root ns
limits_work user ns
limits_work root lxc
limits_work user lxc
nothing_left 'nothing is left'
finish_tests
