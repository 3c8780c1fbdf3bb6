#!/bin/bash
# What the nodes of a tree may use together: two allocators that fit by themselves, processes of several nodes, the share of
# processors; the disk that each node gets; that it is changed, on record, and refused in one line where it can't be had.
. tests/lib/system.sh
. tests/lib/tree.sh bounds
. tests/lib/greed.sh

can() { "$BUILD/bonsai" doctor --json 2>/dev/null | grep -q "\"name\":\"$1\",\"for\":\"limits\",\"state\":\"ok\""; }
limits_of() { "$BUILD/bonsai" inspect --tree "$tree" --json "$1" | sed -n 's/.*"limits":\({[^}]*}\).*/\1/p'; }
limits() { "$BUILD/bonsai" info --tree "$tree" --json | sed -n 's/.*"limits":\({[^}]*}\).*/\1/p'; }
python=/usr/bin/python3 # as nodes see it
[ -x $python ] || { echo '1..0 # SKIP python3 is not installed'; exit 0; }

echo '# help'
limits_in() { "$BUILD/bonsai" "$@" --help | grep -oE '^  --[a-z-]+ ' | sort; }
is 'each limit of a node is one of a tree' "$(comm -23 <(limits_in create) <(limits_in))" ''
check 'there are some' [ "$(limits_in create | wc -l)" -ge 6 ]

echo '# what is none'
t 2 '' 'Error: no number of descriptors: 1k .*' up --nofile 1k
t 2 '' 'Error: no number of bytes, as 64M: many .*' up --memory many
t 2 '' 'Error: no number of processors, as 0.5: 1e3 .*' up --cpus 1e3
t 2 '' 'Error: option needs an argument: .*' up --pids
t 2 '' 'Error: .* limits are for a tree that is made, not for: ps .*' ps --memory 1G
t 3 '' 'Error: --memory must be 1 MiB at least, or none' up --memory 4K
t 3 '' 'Error: --pids must be 8 to 4194304, or none' up --pids 1
t 3 '' 'Error: limit disk: nodes of this backend have no disk of their own' up --backend process --disk 1M
is 'bonsaid says so as well' "$( (marked "$BUILD/bonsaid" --memory many 2>&1); echo $?)" $'Error: --memory takes no many\n1'

echo '# the disk is what each node gets'
t 0 'OK:.*' '' up --disk 2M
is 'it is shown' "$(limits)" '{"disk_bytes":2097152}'
t 0 'OK: [0-9]+' '' create 2
t 0 'OK: [0-9]+' '' create 1 --disk none
t 0 'OK: [0-9]+' '' create 3 --disk 1M
is 'who has none of its own has that' "$(limits_of 2)" '{"disk_bytes":2097152}'
is 'or none' "$(limits_of 1)" '{}'
is 'or its own' "$(limits_of 3)" '{"disk_bytes":1048576}'
t 1 1572864 '.*No space left on device' exec 3 -- sh -c 'head -c 3M /dev/zero >/tmp/f; stat -c 1572864 /tmp/f; exit 1'
t 0 2097152 '.*No space left on device' exec 2 -- sh -c 'head -c 3M /dev/zero >/tmp/f; stat -c %s /tmp/f'
t 0 OK '' set tree --disk 4M
t 0 'OK: [0-9]+' '' create 4
is 'another one is for nodes from then on' "$(limits_of 4) $(limits_of 2)" '{"disk_bytes":4194304} {"disk_bytes":2097152}'
if ! can 'memory controller'; then
	t 1 '' 'Error: limit memory: .*' set tree --memory 1G
	is 'it is as before' "$(limits)" '{"disk_bytes":4194304}'
else
	# What nodes of it run may be there before.
	for id in 1 4; do t 0 "OK: $id program [0-9]+" '' exec -d $id -- $python -c "$later"; done
	wrote() { [ "$("$BUILD/bonsai" logs --tree "$tree" "$1")" = "$2" ]; }
	for id in 1 4; do check "the program in $id has begun" until_true wrote $id begun; done
	t 0 OK '' set tree --memory 80M
	is 'it is for those that are there' "$(limits)" '{"memory_bytes":83886080,"disk_bytes":4194304}'
	t 0 '' '' exec 4 -- touch /tmp/go
	is_told() { "$BUILD/bonsai" events --tree "$tree" | grep -qE '^[0-9:]{8} Out of memory: node 4 \(the tree'"'"'s limit\), 1 of its processes killed$'; }
	check 'what ran before is held to it' until_true is_told
	t 0 OK '' set tree --memory none
	t 0 '' '' exec 1 -- touch /tmp/go
	check 'lifted, it is had' until_true wrote 1 $'begun\nhad'
fi
t 2 '' 'Error: usage: .*' set tree
t 2 '' 'Error: usage: .*' set tree 1 --disk 1M
t 0 'OK:.*' '' down
t 0 'OK:.*' '' up
t 0 OK '' set tree --disk 3M --nofile 900
t 0 'OK: 3 nodes in .*' '' grow 3
is 'grow gives it as well' "$(limits_of 3)" '{"disk_bytes":3145728,"nofile":900}'
t 0 900 '' exec 3 -- sh -c 'ulimit -n'
t 0 'OK:.*' '' down

if ! can 'memory controller' || ! can 'pids controller' || ! can 'cpu controller'; then
	for limit in 'memory 64M' 'pids 32' 'cpus 0.5'; do
		t 3 '' "Error: limit (memory|pids|cpu): .*; see bonsai doctor" up --${limit% *} "${limit#* }"
	done
	if [ "$uid" = 0 ]; then
		skip 'limits by control groups' 'this host lets root make none'
	else
		ok 'an ordinary user without a group of his own is told so'
	fi
	nothing_left 'nothing is left'
	finish_tests
fi

echo '# memory'
t 0 'OK:.*' '' up --memory 200M --pids 40 --cpus 1
is 'it is shown' "$(limits)" '{"memory_bytes":209715200,"pids":40,"cpus":1.0}'
t 0 'OK: 3 nodes in .*' '' grow 3
hold='b = b"x" * (%d << 20); print(len(b) >> 20, flush=True); import time; time.sleep(1000)'
t 0 'OK: 1 program [0-9]+' '' exec -d 1 -- $python -c "${hold/\%d/40}"
holds() { "$BUILD/bonsai" logs --tree "$tree" 1 | grep -qx 40; }
check 'one has its part' until_true holds
t 0 20 '' exec 3 -- $python -c "${take/\%d/20}"
# By then it is the greediest, which the kernel takes.
t 137 '.*' '.*' exec 3 -- $python -c "${take/\%d/220}"
is_told() { "$BUILD/bonsai" events --tree "$tree" | grep -qE 'Out of memory: node 3 \(the tree.s limit\), 1 of its processes killed$'; }
check 'together they met their limit, which is told' until_true is_told
t 0 'OK: 2 1 3' '' pingall

echo '# processes'
like 'a fork bomb ends at what all have' "$("$BUILD/bonsai" exec --tree "$tree" 2 -- $python -c "$bomb")" '(2[0-9]|30) Resource temporarily unavailable'
t 0 'OK: 2 1 3' '' pingall

echo '# processors'
# Both count from the same moment on: before that, and after the same end, one alone could have what is for both.
busy='
import sys, time
begin = float(sys.argv[1])
time.sleep(max(begin - time.monotonic(), 0))
used = time.process_time()
while time.monotonic() < begin + 3:
    pass
print(round((time.process_time() - used) / 3 * 1000))'
t 0 OK '' set tree --cpus 0.3
launcher=$(launcher_of "$tree")
for try in {1..6}; do
	before=$(cpu_stat)
	begin=$($python -c 'import time; print(time.monotonic() + 3)')
	shares=$("$BUILD/bonsai" exec --tree "$tree" 1,3 -- $python -c "$busy" "$begin" | sed 's/^[^0-9]*[0-9]*[^0-9]*//')
	share=$(($(paste -sd+ <<<"$shares")))
	after=$(cpu_stat)
	[ "$share" -lt 270 ] || break
	echo "# try $try: $share thousandths"
done
check "two loops have no more than the tree's, within 10 %: $share thousandths" [ "$share" -le 330 ]
check 'and have that' had_all "$share" 300 "$before" "$after"
t 0 OK '' set tree --cpus 1

echo '# it is changed, and on record'
launcher=$(launcher_of "$tree")
of_kernel() { cat "$(find /sys/fs/cgroup -maxdepth 6 -path "*/bonsai-$launcher/$1" 2>/dev/null)"; }
t 0 OK '' set tree --pids 80
is 'the kernel knows' "$(of_kernel pids.max)" 80
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
is 'another controller knows' "$(limits)" '{"memory_bytes":209715200,"pids":80,"cpus":1.0}'
t 0 OK '' set tree --pids none --cpus none
is 'lifted, they are none' "$(limits)" '{"memory_bytes":209715200}'
is 'of the kernel as well' "$(of_kernel pids.max)" max
if [ -e "/sys/fs/cgroup/blkio" ]; then
	t 1 '' 'Error: limit io: version 1 of control groups has none for a tree, but for each node' set tree --io 1M
	t 0 OK '' set tree --cpus 1
	t 1 '' "Error: create node 9: limit cpu: a node's can't be above the tree's" create 9 --cpus 2
	t 0 'OK: [0-9]+' '' create 9 --cpus 0.5
	t 1 '' "Error: limit cpu: a node's can't be above the tree's" set tree --memory 240M --cpus 0.2
	is 'of several all change, or none' "$(limits)" '{"memory_bytes":209715200,"cpus":1.0}'
	is 'in the kernel too' "$(of_kernel memory.limit_in_bytes)" 209715200
fi
t 0 'OK:.*' '' down
t 0 'OK:.*' '' up --pids 10
t 1 $'OK: [0-9]+\nOK: [0-9]+\nOK: [0-9]+' 'Error: create node 4: limit pids: the tree.s 10 leave no room for another agent' create 2 1 3 4
t 0 'OK: 2 1 3' '' pingall
t 0 OK '' set tree --pids 12
t 0 'OK: [0-9]+' '' create 4
t 0 'OK: 2 1 3 4' '' pingall
t 0 'OK:.*' '' down
is 'all goes with the tree' "$(find /sys/fs/cgroup -maxdepth 6 -name "bonsai-$launcher*" 2>/dev/null)" ''
nothing_left 'nothing is left'
finish_tests
