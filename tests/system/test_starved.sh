#!/bin/bash
# A node whose programs take every processor is busy, not lost: no false alarm while its agent waits for a processor,
# and a stopped agent is missed all the same.
. tests/lib/system.sh

rounds=60 # of beats, in which nobody may be called unavailable

# 64 programs that fork ten times a second, until the node goes.
greedy='for i in $(seq 64); do while :; do sleep 0.1; done & done; wait'

# watch_rounds NAME: takes the lines of so many rounds; none is an alarm.
watch_rounds() {
	local seen=0 alarms=()
	while [ $seen -lt $rounds ]; do
		read_line || die "$1" "no line after $seen rounds" "standard error: $(cat "$errors")"
		case $line in
		'OK: 6') seen=$((seen + 1)) ;;
		*'is unavailable'* | Lost*) alarms+=("$line") ;;
		esac
	done
	is "$1" "${alarms[*]-}" ''
}

busy() { # BACKEND [OPTION...]: limits of the busy nodes
	local node
	start --backend "$1"
	create 6
	for node in 4 8; do
		try "create $node ${*:2}" 'OK: [0-9]+'
		node_pid[$node]=${line#OK: }
		# Starting them may take its time.
		send "exec -d $node -- sh -c '$greedy'"
		await "greedy programs start in node $node" "OK: $node program [0-9]+"
	done
	send 'heartbeat 100'
	await 'beats come more often' 'OK: 6'
	watch_rounds "$1 ${*:2}: no false alarm, with beats of 100 ms"
	kill -STOP "${node_pid[8]}"
	await 'a stopped agent is missed, busy as its node is' 'Heartbeat: node 8 is unavailable now'
	kill -CONT "${node_pid[8]}"
	await 'and is back when it goes on' 'Heartbeat: node 8 is back'
	send 'heartbeat off'
	await 'quiet again' 'OK'
	send exit
	ended 'exit ends with status 0' 0
	nothing_left 'nothing is left'
}

# A quota starves an agent on any machine.
starved_by_quota() { # BACKEND
	start --backend "$1"
	create 6
	try 'create 8 --cpus 0.01' 'OK: [0-9]+'
	send "exec -d 8 -- sh -c 'for i in \$(seq 64); do while :; do :; done & done; wait'"
	await '64 programs that compute share a hundredth of a processor' 'OK: 8 program [0-9]+'
	send 'heartbeat 50'
	starved=0
	while [ $starved -eq 0 ] && [ $tests -lt 200 ]; do
		watch_rounds "$1: nobody is called unavailable for it"
	done
	check 'the kernel shows why it is silent' [ $starved -gt 0 ]
	bye
}

# Its agent runs, and nothing waits: what the kernel shows is no excuse for its silence.
cut_off() { # BACKEND
	start --backend "$1"
	create 6
	try 'create 8 --cap-add NET_ADMIN' 'OK: [0-9]+'
	send 'heartbeat 100'
	await 'beats come more often' 'OK: 6'
	send 'exec -d 8 -- ip link set dev up down'
	await 'a node that is cut off is missed' 'Heartbeat: node 8 is unavailable now'
	send 'heartbeat off'
	await 'quiet again' 'OK'
	send exit
	ended 'exit ends with status 0' 0
	nothing_left 'nothing is left'
}

can_limit() { [[ $("$BUILD/bonsai" doctor 2>/dev/null) =~ (^|$'\n')ok\ +cpu\ controller ]]; }

backend=${BACKEND:-ns}
busy "$backend"
cut_off "$backend"
if can_limit; then
	busy "$backend" --cpus 0.1
	starved_by_quota "$backend"
elif [ "$uid" = 0 ]; then
	skip 'busy nodes with a limit of processor time' 'this host lets root make no group for it'
else
	ok 'an ordinary user without a group of his own limits no processor time'
fi
finish_tests
