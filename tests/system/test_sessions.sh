#!/bin/bash
# The command service: every command's answers and errors, and the sessions of the manual, in both backends.
. tests/lib/system.sh

# In the search tree of those created, in that order, all answered and none before its parent.
parents_first() { # "CREATED..." "ANSWERED..."
	awk -v created="$1" -v answered="$2" 'BEGIN {
		n = split(created, c); m = split(answered, a)
		if (n != m) exit 1
		for (i = 1; i <= n; i++) {
			if (i == 1) { root = c[1]; continue }
			for (at = root; ; at = next_at) {
				next_at = c[i] + 0 < at + 0 ? left[at] : right[at]
				if (next_at == "") break
			}
			if (c[i] + 0 < at + 0) left[at] = c[i]; else right[at] = c[i]
			parent[c[i]] = at
		}
		for (i = 1; i <= m; i++) {
			if (a[i] != root && !((a[i] in parent) && (parent[a[i]] in seen))) exit 1
			seen[a[i]] = 1
		}
	}'
}

first_session() {
	start --backend "$1"
	create 6 8 43
	try pingall 'OK: 6 8 43'
	send heartbeat 300
	expect 'a round a beat, a line a node' 'OK: 6' 'OK: 8' 'OK: 43' 'OK: 6' 'OK: 8' 'OK: 43'
	send 'heartbeat off'
	await 'heartbeat off ends the printing' 'OK'
	try pingall 'OK: 6 8 43'
	bye
}

second_session() {
	start --backend "$1"
	create 6 8 43
	try 'remove 8' 'OK'
	try pingall 'OK: 6'
	check 'the pids of those removed are gone' is_gone "${node_pid[8]}"
	check 'those of their descendants as well' is_gone "${node_pid[43]}"
	create 7 9
	try 'create 7' 'Error: Already exists'
	try 'exec 7 start' 'OK: 7 start'
	sleep 0.3
	try 'exec 7 time' 'OK: 7 time: [0-9]+'
	check 'time while it runs is the time so far' [ "${line##* }" -ge 300 ]
	try 'exec 7 stop' 'OK: 7 stop'
	try 'exec 7 time' 'OK: 7 time: [0-9]+'
	local stopped=$line
	try 'exec 7 time' 'OK: 7 time: [0-9]+'
	is 'a stopped timer stands still' "$line" "$stopped"
	try 'exec 7 stop' 'OK: 7 stop'
	try 'exec 7 time' "$stopped"
	try 'exec 9 stop' 'OK: 9 stop'
	try 'exec 9 time' 'OK: 9 time: 0'
	bye
}

one_by_one() {
	start --backend "$1"
	try pingall 'OK: -1'
	try 'remove 1' 'Error: Not found'
	try 'exec 1 start' 'Error: Not found'
	try 'exec 1 -- true' 'Error: Not found'
	try 'stats 1' 'Error: Not found'
	send '# a comment' '' '   ' '	# another'
	try 'create 20 10 30' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+'
	try 'create 1..3 30 4' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+' 'Error: 30: Already exists' 'OK: [0-9]+'
	try 'create 40 40' 'OK: [0-9]+' 'Error: 40: Already exists'
	try 'create 25..25' 'OK: [0-9]+'
	try 'create 0 2147483647' 'OK: [0-9]+' 'OK: [0-9]+'
	try 'create 35 33 37 36' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+'
	try pingall 'OK:( [0-9]+){15}'
	check 'pingall names parents before children' parents_first \
		'20 10 30 1 2 3 4 40 25 0 2147483647 35 33 37 36' "${line#OK: } "
	try 'exec 2147483647 start' 'OK: 2147483647 start'
	try 'remove 10 4 25' 'OK' 'OK' 'OK'
	try 'remove 37 36..37' 'OK' 'OK' 'OK'
	try 'remove 99 36 33' 'Error: 99: Not found' 'Error: 36: Not found' 'OK'
	try 'create 33' 'OK: [0-9]+'
	try pingall 'OK:( [0-9]+){6}'
	check 'a subtree is removed, the rest is as it was' parents_first '20 30 40 2147483647 35 33' "${line#OK: }"
	create 10 5 10000
	try 'exec 10 time' 'OK: 10 time: 0'
	try 'remove 20' 'OK'
	try pingall 'OK: -1'
	create 9
	try pingall 'OK: 9'
	try 'remove 9 9' 'OK' 'OK'
	try 'remove 9' 'Error: Not found'
	bye
}

output_of_programs() {
	start --backend "$1"
	create 5 2
	try 'exec 2 -- echo a  b' 'a b'
	try "exec 2 -- echo 'a  b' \"c  d\" e\\ \\ f '#' \$HOME" 'a  b c  d e  f # \$HOME'
	try "exec 2 -- sh -c 'echo out; exit 7'" out 'Exit: 7'
	try "exec 2 -- sh -c 'echo err >&2; echo out'" out
	# Neither waits for the other.
	until_true [ -s "$errors" ]
	is 'standard error stays apart' "$(cat "$errors")" err
	try "exec 2 -- sh -c 'kill -9 \$\$'" 'Exit: signal 9'
	send 'exec 5 -- true'
	send 'exec 5 -- printf unended' pingall
	expect 'an answer begins on a line of its own' unended 'OK: 5 2'
	try "exec 2 -- sh -c 'read line; echo \$?'" 1
	try 'exec 2 -- sh -c "echo \$BONSAI_NODE"' 2
	bye
}

growing() {
	start --backend "$1"
	try 'grow 31' 'OK: 31 nodes in [0-9]+\.[0-9]+ s'
	try pingall 'OK: 16 [0-9 ]+'
	is 'all of them answer' "$(tr ' ' '\n' <<<"${line#OK: }" | sort -n | xargs)" "$(seq -s ' ' 31)"
	try 'remove 24' 'OK'
	try pingall 'OK: 16 [0-9 ]+'
	is 'the tree is balanced: below 24 lies the upper half' \
		"$(tr ' ' '\n' <<<"${line#OK: }" | sort -n | xargs)" "$(seq -s ' ' 16)"
	try 'grow 3' 'Error: .*exists.*'
	try pingall 'OK: 16 [0-9 ]+'
	is 'a refused grow makes nothing' "$(wc -w <<<"${line#OK: }")" 16
	try 'stats 16' 'OK: 16 stats:( [a-z_]+=[0-9]+)+'
	send menu
	expect 'menu lists the commands' 'create .*' ' +place nodes .*' 'remove .*' 'exec .*' ' +run a .*' 'logs .*' 'grow .*' 'pingall .*' \
		'heartbeat .*' 'stats .*' 'ps .*' 'tree .*' 'inspect .*' 'kill .*' ' +send .*' 'freeze .*' 'thaw .*' 'set .*' 'info .*' \
		'top .*' 'menu .*' 'exit .*'
	bye
}

heartbeats() {
	start --backend "$1"
	create 2
	send heartbeat '' '# the time comes on the next line that says something' 100
	expect 'heartbeat takes its time from the next line' 'OK: 2' 'OK: 2'
	send 'create 1'
	await 'commands are answered between rounds' 'OK: [0-9]{2,}'
	send 'heartbeat 50'
	await 'a new node signs on too' 'OK: 1'
	send 'heartbeat off'
	await 'heartbeat off' 'OK'
	try 'exec 1 start' 'OK: 1 start'
	send 'heartbeat'
	try 'x' 'Error: heartbeat takes .*'
	try pingall 'OK: 2 1'
	bye
}

for backend in $backends; do
	echo "# backend $backend"
	first_session $backend
	second_session $backend
	one_by_one $backend
	output_of_programs $backend
	growing $backend
	heartbeats $backend
done

printf 'create 6\npingall\nexit\ncreate 7\n' | (marked "$BUILD/bonsai") >"$scratch/script" 2>&1
is 'a script can be piped in, and ends at exit' "$? $(sed 's/OK: [0-9]\{2,\}/PID/' "$scratch/script" | xargs)" \
	'0 PID OK: 6'
like '--version' "$("$BUILD/bonsai" --version)" 'bonsai [0-9.]+'
like '--help shows usage and commands' "$("$BUILD/bonsai" --help | tr '\n' ' ')" 'Usage: bonsai .*create .*exit .*'
finish_tests
