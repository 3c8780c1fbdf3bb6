#!/bin/bash
# The lxc backend from outside: liblxc's own tools see its nodes at the tree's path, what they do is noticed, and
# of what is killed nothing is left.
BACKEND=lxc
. tests/lib/system.sh
. tests/lib/tree.sh lxc

info() { lxc-info -P "$path" -n "n$1" "${@:2}" 2>&1; }
# Control groups of the tree, by name: n3, monitor-3.
groups_of() { find /sys/fs/cgroup -maxdepth 8 -path "*/bonsai-$launcher/*$1" 2>/dev/null; }
has_groups() { [ -n "$(groups_of "n$1")" ]; }
is_state() { [ "$(run ps --tree "$tree" && awk -v id="$1" '$1 == id { print $3 }' <<<"$out")" = "$2" ]; }
monitor_of() { ps -o ppid= -p "$1" | tr -d ' '; }
node() { run --json inspect --tree "$tree" "$1" && sed -n 's/.*"pid":\([0-9]*\).*/\1/p' <<<"$out"; }
has_ended() { [ -z "$(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline")" ]; } # a zombie at most
is_told() { "$BUILD/bonsai" events --tree "$tree" | grep -qE "$1"; }

up() {
	t 0 "OK: the tree $tree is up" '' up
	run --json info --tree "$tree"
	path=$(find /run/bonsai/"$tree" "${XDG_RUNTIME_DIR:-/nonexistent}/bonsai/$tree" "/tmp/bonsai-$uid/$tree" \
		-maxdepth 1 -name lxc 2>/dev/null | head -n 1)
	launcher=$(launcher_of "$tree")
	t 0 'OK: [0-9]+
OK: [0-9]+
OK: [0-9]+' '' create 6 3 8
}

echo '# the tools of liblxc'
up
is 'lxc-ls has them' "$(lxc-ls -P "$path" -1 | xargs)" 'n3 n6 n8'
is 'running' "$(lxc-ls -P "$path" -1 --running | xargs)" 'n3 n6 n8'
is 'lxc-info knows the pid' "$(info 3 -p -H)" "$(node 3)"
is 'and the state' "$(info 3 -s -H)" RUNNING
is 'lxc-attach is inside, and says nothing else' \
	"$(lxc-attach -P "$path" -n n3 -- sh -c 'hostname; cat /proc/1/comm' 2>&1 </dev/null | xargs)" 'n3 bonsai-node'
lxc-attach -P "$path" -n n3 -- sh -c 'exit 7' </dev/null >/dev/null 2>&1
is 'its status comes back' $? 7
is 'the configuration is to be read' "$(sed -n 's/^lxc.uts.name = //p' "$path/n8/config")" n8
pid=$(node 8)
is 'which tells the id that the node has on the host' "$(sed -n 's/^lxc.idmap = u 0 \([0-9]*\) 1$/\1/p' "$path/n8/config")" \
	"$(stat -c %u "/proc/$pid/task")"

echo '# freezing'
t 0 OK '' freeze 3
if has_groups 3; then
	is 'is by liblxc' "$(info 3 -s -H)" FROZEN
else
	is 'without a control group is by signals' "$(awk '{ print $3 }' "/proc/$(node 3)/stat")" T
fi
t 0 'OK: 6 8
Unavailable: 3' '' pingall
t 0 OK '' thaw 3
is 'and so is the end of it' "$(info 3 -s -H)" RUNNING
t 0 'OK: 6 3 8' '' pingall
t 0 OK '' freeze 3
t 0 OK '' remove 3
is 'a frozen one can be removed' "$(lxc-ls -P "$path" -1 | xargs)" 'n6 n8'
check 'and nothing of it is there' [ ! -e "$path/n3" ]
check 'nor a control group' [ -z "$(groups_of n3)$(groups_of monitor-3)" ]
t 0 'OK: [0-9]+' '' create 3
t 0 OK '' freeze 3
t 0 OK '' kill 3
check 'a frozen one can be killed' until_true is_state 3 lost
if has_groups 8; then
	lxc-freeze -P "$path" -n n8
	check 'frozen by lxc-freeze it is suspect' until_true is_state 8 suspect
	lxc-unfreeze -P "$path" -n n8
	check 'and by lxc-unfreeze it is back' until_true is_state 8 running
fi

echo '# killed'
kill -KILL "$(monitor_of "$(node 8)")"
check 'a monitor takes its node along' until_true is_state 8 lost
check 'whose cause is told' until_true is_told 'Lost: node 8 \(killed by signal 9\)'
left_of_8() { [ -e "$path/n8" ] || [ -n "$(groups_of n8)$(groups_of monitor-8)" ]; }
gone_is_8() { ! left_of_8; }
check 'and nothing of it is there' until_true gone_is_8
t 0 'OK
OK' '' remove 3 8
t 0 'OK: [0-9]+' '' create 8
lxc-stop -P "$path" -n n8 -k
check 'one that lxc-stop kills is lost' until_true is_state 8 lost
t 0 OK '' remove 8
t 0 'OK: [0-9]+' '' create 8
check 'lxc-stop alone ends one as well' timeout "$limit_s" lxc-stop -P "$path" -n n8
check 'which is lost' until_true is_state 8 lost
spawner=$(child_of "$launcher")
# Once is enough: it is for longer than the launcher waits for it (8 s).
if [ "$uid" = 0 ] && ! sanitized; then
	kill -STOP "$spawner"
	t 1 '' 'Error: create node 4: .*' create 4
	sleep 5
	kill -CONT "$spawner"
	t 0 'OK: [0-9]+' '' create 3
	t 0 $'OK: 6 3\nUnavailable: 8' '' pingall
	t 0 OK '' remove 3
fi
kill -KILL "$spawner"
until_true has_ended "$spawner"
t 1 '' 'Error: create node 4: the spawner of containers has ended: .*' create 4
t 0 'OK: 6
Unavailable: 8' '' pingall
t 0 "OK: the tree $tree is down, and nothing of it is left" '.*' down
nothing_left 'without the spawner too nothing is left'

up
t 0 OK '' freeze 3
kill -KILL "$launcher"
nothing_left 'of a killed launcher, with a frozen node, nothing is left'
up
t 0 OK '' freeze 3
kill -KILL "$(controller_of "$tree")" "$(child_of "$launcher")" "$launcher"
has_no_groups() { [ -z "$(groups_of '')" ]; }
check 'nor are its groups when spawner and controller were killed with it' until_true has_no_groups
t 0 "OK: the tree $tree is up" '' up
t 0 "OK: the tree $tree is down, and nothing of it is left" '.*' down
nothing_left 'and its folder goes with the next tree'

echo '# what is lacking'
if [ "$uid" = 0 ]; then
	t 0 "OK: the tree $tree is up" '' up --pids 9
	t 1 $'OK: [0-9]+\nOK: [0-9]+' 'Error: create node 3: limit pids: the tree.s 9 leave no room for another agent' create 2 1 3
	t 0 "OK: the tree $tree is down, and nothing of it is left" '.*' down
	chmod 755 "$scratch"
	mkdir "$scratch/programs"
	cp "$BUILD"/bonsai* "$scratch/programs"
	library=$(ldconfig -p | sed -n 's/.*liblxc\.so\.1 .*=> //p' | head -n 1)
	like 'without liblxc it is told' "$(marked unshare -m sh -c 'mount --bind /dev/null "$1"; "$2" --backend lxc' - \
		"$library" "$scratch/programs/bonsai" 2>&1 </dev/null)" \
		'Error: the lxc backend needs liblxc.so.1: .*; see bonsai doctor'
	like 'without a range of ids it is told what to add' "$(marked unshare -m sh -c 'mount --bind /dev/null /etc/subuid
		exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$1" --backend lxc' - \
		"$scratch/programs/bonsai" 2>&1 </dev/null)" \
		'Error: the lxc backend needs a range of ids: no range for this user in /etc/subuid; mend it with: usermod --add-subuids .* nobody'
	nothing_left 'nothing is left of these'
fi
finish_tests
