#!/bin/bash
# The controller under valgrind, in a session with all it does. Its launcher is executed again, and so
# out of valgrind's reach, as it must be: valgrind knows neither clone3 nor pidfds.
. tests/lib/system.sh
command -v valgrind >/dev/null || { skip 'valgrind' 'it is not installed'; finish_tests; }

cp "$BUILD/bonsai" "$scratch"
cat >"$scratch/bonsaid" <<EOF
#!/bin/sh
exec valgrind -q --trace-children=no --child-silent-after-fork=yes --error-exitcode=97 --leak-check=full \
	--suppressions="$PWD/tests/lib/valgrind.supp" --show-leak-kinds=definite --errors-for-leak-kinds=definite --log-file="$scratch/log" "$BUILD/bonsaid" "\$@"
EOF
chmod +x "$scratch/bonsaid"
program=$scratch/bonsai

# What is no complaint: system calls that valgrind does not know.
complaints() {
	grep -vE '^--[0-9]+-- (WARNING: unhandled .* syscall|You may be able|Read the file|Nevertheless|it at http)' "$scratch/log" |
		cut -c 1-200
}

start
create 6 3 8 43
try pingall 'OK: 6 (3 8|8 3) 43'
try 'create 8' 'Error: Already exists'
try 'exec 43 start' 'OK: 43 start'
try 'exec 43 time' 'OK: 43 time: [0-9]+'
try "exec 43 -- sh -c 'echo out; exit 3'" out 'Exit: 3'
send "exec 3 -- sh -c 'head -c 2000000 /dev/zero | tr \"\\\\0\" x; echo'"
expect 'output' 'x+'
send 'exec 3 -- no-such-program'
expect 'no such program' 'Error: .*' 'Exit: 127'
try 'stats 6' 'OK: 6 stats: .*'
send 'heartbeat 250'
await 'rounds' 'OK: 43'
send 'heartbeat off'
await 'their end' 'OK'
kill -STOP "${node_pid[3]}"
await 'a stopped node' 'Heartbeat: node 3 is unavailable now'
kill -CONT "${node_pid[3]}"
await 'a node that is back' 'Heartbeat: node 3 is back'
kill -KILL "${node_pid[8]}"
await 'a lost node' 'Lost: node 8 .*; unavailable with it: 43'
try 'create 44' 'Error: Parent is unavailable'
try pingall 'OK: 6 3' 'Unavailable: 8 43'
try 'remove 8 99' 'OK' 'Error: 99: Not found'
try 'remove 6' 'OK'
try 'grow 31' 'OK: 31 nodes in .*'
try pingall 'OK: 16 .*'
bye
is 'no error, nothing lost' "$(complaints)" ''

start
create 1
send 'exec 1 -- sh -c "echo begun; sleep 10000"'
expect 'a program runs' begun
kill -TERM "$pid"
ended 'an end in the middle' 143
nothing_left 'nothing is left'
is 'no error, nothing lost, in the middle' "$(complaints)" ''
finish_tests
