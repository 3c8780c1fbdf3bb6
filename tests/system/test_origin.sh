#!/bin/bash
# Only an agent speaks for its node: programs of the nodes at both ends of an edge try to speak in its place, as
# tests/lib/intruder.py knows how. Each try fails, the tree goes on, and the tries are counted.
. tests/lib/system.sh
. tests/lib/tree.sh origin
export BONSAI_TREE=$tree
isolated=${BACKEND:-ns}
all_four='^OK: 8( 4 2 12| 4 12 2| 12 4 2)$'

b() { "$BUILD/bonsai" "$@"; }
# intruder NODE WORD...: one line, how far it came.
intruder() {
	local node=$1
	shift
	b exec -i "$node" -- python3 - "$@" <tests/lib/intruder.py 2>&1
}
parents_end() { b --json inspect "$1" | sed -n 's/.*"parent":"\([0-9.]*\)".*/\1/p'; }
childs_end() { b --json inspect "$1" | sed -n 's/.*"own":"\([0-9.]*\)".*/\1/p'; }
refused() { b --json stats "$1" | sed -n 's/.*"refused":\([0-9]*\).*/\1/p'; }
refused_at_controller() { b --json info | sed -n 's/.*"refused":\([0-9]*\).*/\1/p'; }
state() { b --json ps | grep -o '"node":'"$1"',[^}]*"state":"[a-z]*"' | sed 's/.*"state":"\([a-z]*\)"/\1/'; }
is_state() { [ "$(state "$1")" = "$2" ]; }
# The tree answers as if nobody tried anything.
answers() { # NAME
	local i out
	for i in {1..10}; do
		out=$(b --timeout 20 exec 4 time 2>&1) && [[ $out =~ ^'OK: 4 time: '[0-9]+$ ]] &&
			out=$(b --timeout 20 exec 2 -- echo real 2>&1) && [ "$out" = real ] &&
			out=$(b --timeout 20 pingall 2>&1) && [[ $out =~ $all_four ]] || break
		out=
	done
	is "$1" "$out" ''
}
# try_all NAME: every way to an agent's port that a program could take, from both ends of each edge.
try_all() {
	local up4 up2 up8 down4
	up8=$(parents_end 8) up4=$(parents_end 4) up2=$(parents_end 2) down4=$(childs_end 4)
	is "$1: 4 is not heard by its parent" "$(intruder 4 connect "$up4")" 'timed out'
	is "$1: 4 can't use an agent's port" "$(intruder 4 connect "$up4" "$down4")" 'Permission denied'
	is "$1: 8 is not heard by its own agent" "$(intruder 8 connect "$up4")" 'timed out'
	is "$1: 8 is not heard by the agent of 4" "$(intruder 8 connect "$down4")" 'Connection refused'
	is "$1: 8 is not heard by the controller" "$(intruder 8 connect "$up8")" 'timed out'
	like "$1: 2 reaches no agent" "$(intruder 2 reach "$up2" "$up4" "$up8" "$down4" 10.0.0.{0..31})" \
		'[0-9]+ tried, 0 taken'
	is "$1: 8 can't take an agent's port" "$(intruder 8 bind 0.0.0.0)" 'Permission denied'
	is "$1: nor can it at the address of an edge to be" "$(intruder 8 bind 10.0.0.12)" 'Permission denied'
}

says 0 'OK: the tree .*' '' up --backend "$isolated" --heartbeat 500
says 0 'OK: [0-9]+(.OK: [0-9]+){3}' '' create 8 4 12 2
is 'nothing is refused yet' "$(refused 8) $(refused 4) $(refused_at_controller)" '0 0 0'
try_all 'a new tree'
check 'node 8 has counted the tries at its end' [ "$(refused 8)" -gt 1 ]
check 'so has the controller' [ "$(refused_at_controller)" -gt 0 ]

echo '# messages for a subtree are not swallowed'
intruder 4 pose "$(parents_end 4)" 4 5 >"$scratch/pose" &
answers 'while a program of 4 connects to the parent of 4'
wait "$!"
is 'it never got to speak' "$(cat "$scratch/pose")" '0 beats'

echo '# a stopped node is not kept alive by a program of its parent'
says 0 'OK' '' kill 4 STOP
intruder 8 pose "$(parents_end 4)" 4 10 >"$scratch/pose" &
check 'node 4 is suspect' until_true is_state 4 suspect
run exec 4 time
like 'nothing answers in its place' "$status $err" '1 Error: .*Node is unavailable.*'
says 0 'OK' '' kill 4 CONT
wait "$!"
check 'node 4 is back' until_true is_state 4 running
is 'nothing was said for it' "$(cat "$scratch/pose")" '0 beats'
answers 'afterwards'

echo '# a port is not taken before its agent needs it'
intruder 12 listen 5670 3 >"$scratch/listen" &
until_true grep -qs listens "$scratch/listen" || die 'it listens' "$(cat "$scratch/listen")"
says 0 'OK: [0-9]+' '' create 10
wait "$!"
is 'no agent came to it' "$(cat "$scratch/listen")" $'listens\ntimed out'
says 0 OK '' remove 10

echo '# floods'
for kind in connect half junk udp; do
	intruder 2 flood "$(parents_end 2)" "$kind" 3 >"$scratch/flood" &
	answers "during a flood ($kind)"
	wait "$!"
	is "it was one ($kind)" "$(cat "$scratch/flood")" "$kind: some tried"
done
intruder 8 flood "$(parents_end 8)" connect 1 >/dev/null
intruder 8 flood "$(parents_end 12)" connect 1 >/dev/null
told() { b --json events --since 0 | grep -q "\"event\":\"intrusion\",\"node\":$1,\"parent\":$2,"; }
check 'an event names the node at whose edge its programs tried' until_true told 2 4
check 'and the parent, whose programs may have' until_true told 12 8
check 'and the root alone at its own edge' until_true told 8 null
like 'an operator is told' "$(b events --since 0)" \
	$'(.*\n)?[0-9:]+ Intrusion: programs of node 2 or of its parent 4 tried to speak as an agent: [0-9]+ segments refused(\n.*)?'
is 'nobody was called lost' "$(b --json events --since 0 | grep -cE '"event":"(lost|unavailable)","node":(2|8|12)')" 0

echo '# after a take-over'
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
says 0 'OK: .*' '' up --backend "$isolated"
answers 'the new controller is answered'
try_all 'taken over'

echo '# a program with the capability speaks for its own node at most'
says 0 'OK: [0-9]+' '' create 14 --cap-add NET_BIND_SERVICE,NET_ADMIN
says 0 'OK: [0-9]+' '' create 13
is 'as 13, its child, it is not heard' "$(intruder 14 connect "$(parents_end 13)" 127.0.0.1)" 'timed out'
says 0 '' '' exec 14 -- ip addr add 10.9.9.9/32 dev c13
is 'not even from an address at the link' "$(intruder 14 connect "$(parents_end 13)" 10.9.9.9)" 'timed out'
is 'beside its agent it can not be' "$(intruder 14 connect "$(parents_end 14)" "$(childs_end 14)")" \
	'Cannot assign requested address'
says 0 'OK: 8( [0-9]+){5}' '' pingall
says 0 'OK: the tree .* is down.*' '' down
nothing_left 'nothing is left'

echo '# after restarts'
says 0 'OK: the tree .*' '' up --backend "$isolated" --on-crash restart --heartbeat 500
says 0 'OK: [0-9]+(.OK: [0-9]+){3}' '' create 8 4 12 2
restarted() { b --json events --since 0 | grep -q "\"event\":\"restarted\",\"node\":$1,"; }
for node in 4 2 8; do
	says 0 OK '' kill "$node" KILL
	check "node $node is started again" until_true restarted "$node"
	for id in 8 4 2 12; do until_true is_state "$id" running; done
	answers "the tree answers after the restart of $node"
done
try_all restarted
says 0 'OK: the tree .* is down.*' '' down
nothing_left 'nothing is left'
finish_tests
