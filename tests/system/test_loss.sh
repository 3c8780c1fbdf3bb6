#!/bin/bash
# Loss: who is killed, stopped or cut off is named once, at once, with those it takes along; nobody waits for
# it, and it can be removed and made again.
. tests/lib/system.sh

# The tree of all cases: 8 has 7 and 43 below it, 43 has 50.
tree='6 8 43 7 50 3'
unavailable_with_8='(7 43 50|43 7 50|43 50 7)'

grown() { # BACKEND
	start --backend "$1"
	create $tree
}

killed() {
	grown "$1"
	kill -KILL "${node_pid[8]}"
	expect 'a killed node is lost, and its descendants are named in the line' \
		"Lost: node 8 \(killed by signal 9\), noticed by its exit; unavailable with it: $unavailable_with_8"
	try pingall 'OK: (6 3)' "Unavailable: 8 $unavailable_with_8"
	# None of these waits for a limit of seconds; how fast they are is for the benchmarks.
	local began=$SECONDS
	try 'exec 8 start' 'Error: Node is unavailable'
	try 'exec 50 time' 'Error: Node is unavailable'
	try 'exec 43 -- echo hi' 'Error: Node is unavailable'
	try 'stats 7' 'Error: Node is unavailable'
	try 'create 51' 'Error: Parent is unavailable'
	try 'create 44 9' 'Error: 44: Parent is unavailable' 'Error: 9: Parent is unavailable'
	try 'create 8' 'Error: Already exists'
	check 'they answer at once' [ $((SECONDS - began)) -lt $((limit_s / 4)) ]
	create 2
	try 'exec 3 start' 'OK: 3 start'
	try 'remove 43' 'OK'
	try 'remove 50' 'Error: Not found'
	try 'remove 8' 'OK'
	try pingall 'OK: 6 3 2'
	check 'a node below the lost one is gone with it' is_gone "${node_pid[43]}"
	create 8 43 7
	try pingall 'OK: 6 (3 8|8 3) .*'
	try 'exec 43 start' 'OK: 43 start'
	bye
}

killed_root() {
	grown "$1"
	kill -KILL "${node_pid[6]}"
	expect 'the root is lost' \
		'Lost: node 6 \(killed by signal 9\), noticed by its exit; unavailable with it:( [0-9]+){5}'
	try pingall 'OK:' 'Unavailable: 6( [0-9]+){5}'
	try 'create 1' 'Error: Parent is unavailable'
	try 'exec 50 start' 'Error: Node is unavailable'
	try 'remove 6' 'OK'
	try pingall 'OK: -1'
	create 6 8
	try pingall 'OK: 6 8'
	bye
}

killed_leaf() {
	grown "$1"
	kill -SEGV "${node_pid[50]}" # a namespace's init is deaf to it, a plain program is not
	kill -KILL "${node_pid[50]}"
	expect 'a lost leaf takes nobody along' 'Lost: node 50 \(killed by signal (9|11)\), noticed by its exit'
	try pingall 'OK: 6( [0-9]+){4}' 'Unavailable: 50'
	kill -KILL "${node_pid[43]}" "${node_pid[7]}"
	await 'two more, one after the other' 'Lost: node (43|7) .*'
	await 'each is told' 'Lost: node (43|7) .*'
	try pingall 'OK: 6 (3 8|8 3)' 'Unavailable:( [0-9]+){3}'
	try 'remove 50 7 43' 'OK' 'OK' 'OK'
	try pingall 'OK: 6 (3 8|8 3)'
	bye
}

killed_at_work() {
	grown "$1"
	send 'exec 50 -- sh -c "echo begun; sleep 1000"'
	expect 'a program runs' begun
	kill -KILL "${node_pid[8]}"
	await 'its branch is lost' 'Lost: node 8 .*'
	if [ ${#passed[@]} -eq 0 ]; then read_line || line=; else line=${passed[0]}; fi
	is 'and the exec is answered' "$line" 'Error: Node is unavailable'
	try pingall 'OK: 6 3' 'Unavailable: .*'
	bye
}

stopped() {
	grown "$1"
	# Not so often that a busy machine makes a live node miss four of them.
	send 'heartbeat 250' 'heartbeat off'
	await 'beats come more often' 'OK'
	kill -STOP "${node_pid[8]}"
	await 'a stopped node is missed' \
		"Heartbeat: node 8 is unavailable now; unavailable with it: $unavailable_with_8"
	check 'and not lost' [ "${passed[*]/#Lost*/lost}" = "${passed[*]}" ]
	try pingall 'OK: 6 3' "Unavailable: 8 $unavailable_with_8"
	try 'exec 8 start' 'Error: Node is unavailable \(silent for 4 heartbeats\)'
	try 'create 44' 'Error: Parent is unavailable'
	kill -CONT "${node_pid[8]}"
	await 'it is back when it goes on' 'Heartbeat: node 8 is back'
	try pingall 'OK: 6( [0-9]+){5}'
	try 'exec 50 start' 'OK: 50 start'
	kill -STOP "${node_pid[8]}"
	await 'again' 'Heartbeat: node 8 is unavailable now.*'
	try 'remove 8' 'OK'
	check 'a stopped node is removed' is_gone "${node_pid[8]}"
	try pingall 'OK: 6 3'
	create 8
	try pingall 'OK: 6 (3 8|8 3)'
	kill -STOP "${node_pid[6]}"
	await 'the root is watched by the controller' 'Heartbeat: node 6 is unavailable now; .*'
	try pingall 'OK:' 'Unavailable: 6 (3 8|8 3)'
	kill -CONT "${node_pid[6]}"
	await 'and heard again' 'Heartbeat: node 6 is back'
	kill -STOP "${node_pid[8]}"
	await 'a stopped one' 'Heartbeat: node 8 is unavailable now'
	kill -KILL "${node_pid[8]}"
	await 'that is killed is lost' 'Lost: node 8 \(killed by signal 9\), noticed by its exit'
	bye
}

for backend in $backends; do
	echo "# backend $backend"
	killed $backend
	killed_root $backend
	killed_leaf $backend
	killed_at_work $backend
	stopped $backend
done
finish_tests
