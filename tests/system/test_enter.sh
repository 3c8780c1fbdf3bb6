#!/bin/bash
# Entering a sandbox by the kernel's way: what the program that enters is there, and what it is not.
. tests/lib/system.sh
. tests/lib/tree.sh enter

b() { (marked "$BUILD/bonsai" "$1" --tree "$tree" "${@:2}"); }
in_2() { b enter 2 sh -c "$1" 2>&1; }

# The same for a program that the node's agent runs: entering is to be no way to more.
same_as_exec() { # NAME SCRIPT
	is "$1" "$(in_2 "$2")" "$(b exec -n 2 -- sh -c "$2" 2>&1)"
}

t 0 "OK: the tree $tree is up" '' up --heartbeat 300
t 0 'OK: 3 nodes in .*' '' grow 3
t 0 n2 '' enter 2 hostname
t 0 n2 '' enter 2 -- hostname
is 'input, output, errors and status are its own' "$(echo in | b enter 2 sh -c 'cat; echo err >&2; exit 7' 2>&1; echo $?)" $'in\nerr\n7'
is 'a signal is a status' "$(in_2 'kill -9 $$'; echo $?)" 137
is 'it is among the processes of the node' "$(in_2 'cat /proc/1/comm')" bonsai-node
same_as_exec 'the ids are the node'\''s' id
same_as_exec 'so are the privileges' 'grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status'
same_as_exec 'the limits' 'ulimit -a | grep -v stack'
same_as_exec 'the files' 'ls / /dev /etc /root; cat /proc/self/mountinfo | cut -d" " -f5,6'
same_as_exec 'the network' 'ls /sys/class/net; cat /proc/net/fib_trie'
same_as_exec 'the environment' 'env | grep -vE "^(_|TERM|PS1|BONSAI_NODE|OLDPWD|SHLVL)="'
for kind in user mnt pid net uts ipc cgroup; do same_as_exec "the $kind namespace" "readlink /proc/self/ns/$kind"; done
is 'no descriptor comes along' "$(in_2 'ls /proc/self/fd')" $'0\n1\n2\n3'
like 'it gets no further' "$(in_2 'unshare -U true')" '.*Function not implemented'
secret=s3cret like 'what the caller has in its environment stays there' "$(secret=s3cret in_2 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\0" "\n" | grep -c s3cret')" 0
t 127 '' 'Error: nonesuch: No such file or directory' enter 2 nonesuch
t 126 '' 'Error: /etc/passwd: Permission denied' enter 2 /etc/passwd
t 1 '' 'Error: Not found' enter 99
t 2 '' 'Error: not a node id: x .*' enter x
t 2 '' 'Error: usage: .*' enter

echo '# where nothing else comes through'
t 0 OK '' freeze 2
t 0 n2 '' enter 2 hostname
t 0 OK '' thaw 2
init=$(b ps --json | sed -n 's/.*"node":2,[^}]*"pid":\([0-9]*\).*/\1/p')
kill -STOP "$init"
is_suspect() { b ps | grep -q '^ *2 .*suspect'; }
check 'it is missed' until_true is_suspect
t 0 n2 '' enter 2 hostname
kill -CONT "$init"

echo '# a shell at a terminal'
close_session
mkfifo "$scratch/in" "$scratch/out"
cat >"$scratch/inner" <<-EOF2
	echo "before \$(stty -g)"
	"$BUILD/bonsai" enter --tree "$tree" 2
	echo "status \$?"
	echo "after \$(stty -g)"
EOF2
(marked env TERM=vt100 script -q -e -c "bash $scratch/inner" /dev/null) <"$scratch/in" >"$scratch/out" 2>"$scratch/errors" &
pid=$!
exec {to}>"$scratch/in" {from}<"$scratch/out"
screen=
shows 'the terminal before' 'before ([0-9a-f:]+)[^0-9a-f:]'
before=${BASH_REMATCH[1]}
shows 'a prompt that says where' 'n2# '
types 'hostname; echo $TERM\r'
shows 'it is in the node' 'n2.*vt100'
types 'sleep 1000\r'
runs_in() { b exec -n 2 -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "' | grep -q "$1"; }
check 'a program runs' until_true runs_in 'sleep 1000'
types '\x03'
types 'echo al""ive\r'
shows '^C is for the program' alive
types 'sleep 1000\r'
check 'another one runs' until_true runs_in 'sleep 1000'
types '\x1a'
types 'jobs\r'
shows '^Z stops it, and the shell has jobs' '(Stopped|Suspended).*sleep 1000'
types 'kill %1; wait; exit 5\r'
types 'exit 5\r' # it warns first
shows 'the status' 'status 5[^0-9]'
shows 'the terminal afterwards' 'after ([0-9a-f:]+)[^0-9a-f:]'
is 'the terminal is as it was' "${BASH_REMATCH[1]}" "$before"
close_session

echo '# it ends with the node'
(marked "$BUILD/bonsai" enter --tree "$tree" 3 sleep 1000) </dev/null >"$scratch/entered" 2>&1 &
entered=$!
b_runs() { b exec -n 3 -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "' | grep -q 'sleep 1000'; }
check 'a program runs' until_true b_runs
t 0 OK '' remove 3
wait "$entered"
is 'its end is told by a status' $? 137
(marked "$BUILD/bonsai" enter --tree "$tree" 2 sleep 1000) </dev/null >/dev/null 2>&1 &
entered=$!
check 'a program runs' until_true runs_in 'sleep 1000'
kill -KILL "$entered"
runs_not() { ! runs_in 'sleep 1000'; }
check 'and with whoever entered' until_true runs_not
# By another signal it leaves no zombie to the host's init, for which the sandbox's end would have to wait.
sleeps_in_1() { b exec -n 1 -- sh -c 'cat /proc/[0-9]*/comm 2>/dev/null' | grep -c sleep; }
is_entered() { [ "$(sleeps_in_1)" = 1 ]; }
for signal in HUP INT TERM; do
	(marked "$BUILD/bonsai" enter --tree "$tree" 1 sleep 1000) </dev/null >/dev/null 2>&1 &
	entered=$!
	check 'a program runs' until_true is_entered
	kill -$signal "$entered"
	wait "$entered"
	is "SIG$signal ends both" "$? $(sleeps_in_1)" "$((128 + $(kill -l $signal))) 0"
done
echo '# nor by SIGKILL, where nobody else reaps it'
own=()
[ "$uid" = 0 ] || own=(--user --map-root-user)
# A container of liblxc takes a range of ids, which an ordinary user has none of in there.
if [ "$uid" = 0 ] || [ "${BACKEND:-ns}" != lxc ]; then
	is 'a node from which one was killed is removed' "$(marked unshare "${own[@]}" --pid --fork --mount-proc --kill-child \
		tests/lib/enter_and_kill.py "$BUILD/bonsai" "$tree-orphans" 2>&1)" OK
fi
(marked nohup "$BUILD/bonsai" enter --tree "$tree" 1 sleep 1000) </dev/null >/dev/null 2>&1 &
entered=$!
check 'a program runs' until_true is_entered
kill -HUP "$entered"
is 'but not one that is ignored' "$(sleeps_in_1)" 1
kill -TERM "$entered"
wait "$entered"
is 'and this one is not' "$? $(sleeps_in_1)" '143 0'
t 1 '' 'Error: Node is unavailable: it is lost|Error: Not found' enter 3
t 0 "OK: the tree $tree is down, and nothing of it is left" '' down
nothing_left 'nothing is left'
finish_tests
