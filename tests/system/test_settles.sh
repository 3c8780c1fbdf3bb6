#!/bin/bash
# Left alone, a tree settles: no node stays suspect, restarting or wrongly available, whatever got lost on the way and
# whoever was slow. Each case takes away at a chosen moment what a busy machine takes away by chance.
. tests/lib/system.sh

tree=settles-$$

b() { (marked "$BUILD/bonsai" "$1" --tree "$tree" "${@:2}") 2>&1 </dev/null; }
info_of() { b info --json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
about() { b ps --json | grep -o "\"node\":$1,[^}]*"; }
pid_of() { about "$1" | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }
is_state() { [[ $(about "$1") == *"\"state\":\"$2\""* ]]; }
is_another() { local now; now=$(pid_of "$1") && [ -n "$now" ] && [ "$now" != "$2" ]; }
is_unavailable() { local id; for id; do [[ $(about "$id") == *'"available":false'* ]] || return; done; }
all_answer() { [ "$(b pingall | wc -w)" = $(($1 + 1)) ] && [[ $(b pingall) != *Unavailable* ]]; }

# up BEAT [OPTION...]: and a tree of fifteen, 8 on top, 4 and 12 below it.
up() {
	is "up --heartbeat $*" "$(b up --backend "$backend" --heartbeat "$@")" "OK: the tree $tree is up"
	like 'it grows' "$(b grow 15)" 'OK: 15 nodes in .*'
}

down() {
	is 'down' "$(b down)" "OK: the tree $tree is down, and nothing of it is left"
	nothing_left 'nothing is left'
}

# Its parent says that it is silent, by a hop that ends before it has passed that on.
silence_is_lost() {
	local hop child
	up 100 --on-crash restart
	hop=$(pid_of 8) child=$(pid_of 2)
	kill -STOP "$hop" "$child"
	sleep 1 # ten beats; with fewer it is noticed later, which is no harm
	kill -KILL "$hop"
	check 'a silent node is suspect, though the word of its parent was lost' until_true is_state 2 suspect
	check 'all others are there' until_true is_state 4 running
	kill -CONT "$child"
	check 'and it comes back' until_true all_answer 15
	down
}

# With a beat an hour its parent never notices that it is silent.
nobody_watches() {
	local child
	up 3600000
	child=$(pid_of 3)
	kill -STOP "$child"
	like 'who does not answer' "$(b pingall | tail -n 1)" 'Unavailable: 3( 1)?'
	check 'is no longer available' until_true is_state 3 suspect
	kill -CONT "$child"
	check 'it is asked until it answers' until_true all_answer 15
	down
}

# A node that is started again can't sign on while it is frozen.
frozen_too_early() {
	local parent was
	up 3600000 --on-crash restart
	parent=$(pid_of 12) was=$(pid_of 14)
	kill -STOP "$parent"
	b kill 14 >/dev/null
	check 'a node is started again' until_true is_another 14 "$was"
	if is_state 14 restarting; then
		like 'until it is there it is not frozen' "$(b freeze 14)" 'Error: Node is unavailable.*'
	fi
	kill -CONT "$parent"
	check 'it is there when its parent goes on' until_true is_state 14 running
	check 'and all answer' until_true all_answer 15
	down
}

# The controller dies while it has a node started again: before the links to its children are made anew.
controller_dies() {
	local was controller
	up 200 --on-crash restart
	controller=$(info_of pid)
	kill -KILL "$controller"
	until_true is_gone "$controller"
	(marked env LD_PRELOAD="$BUILD/tests/system/die_at_link.so" "$BUILD/bonsaid" --tree "$tree") >"$scratch/second" 2>&1 &
	until_true grep -q ^OK "$scratch/second"
	controller=$(info_of pid) was=$(pid_of 4)
	kill -KILL "$was"
	check 'a controller dies while it starts a node again' until_true is_gone "$controller"
	check 'its successor has it there' until_true is_another 4 "$was"
	check 'and all that were below' until_true all_answer 15
	is 'by all ways' "$(b exec 1 -- echo deep)" deep
	down
}

# The launcher is too busy for longer than an agent may take.
launcher_is_slow() {
	local launcher grow
	is 'up' "$(b up --backend "$backend")" "OK: the tree $tree is up"
	b create 1000 >/dev/null
	launcher=$(info_of launcher)
	kill -STOP "$launcher"
	b grow 31 >"$scratch/grown" &
	grow=$!
	sleep 11 # longer than any other limit
	kill -CONT "$launcher"
	wait "$grow"
	like 'a slow launcher is no reason for a creation to fail' "$(cat "$scratch/grown")" 'OK: 31 nodes in .*'
	down
}

# Below a node that is lost for good nobody can be heard, so nobody is suspect there: not who was so before, and not who
# is doubted after it.
cut_off() {
	local before after
	up 100 --on-crash preserve
	before=$(pid_of 2) after=$(pid_of 10)
	kill -STOP "$before"
	check 'a silent node is suspect' until_true is_state 2 suspect
	is 'another one is frozen' "$(b freeze 12)" OK
	kill -KILL "$(info_of pid)"
	check 'both are so for another controller' until_true is_state 2 suspect
	kill -KILL "$(pid_of 4)" "$(pid_of 8)"
	check 'nodes above them are lost' until_true is_state 8 lost
	check 'both' until_true is_state 4 lost
	check 'the silent one is as it was before' until_true is_state 2 running
	kill -STOP "$after"
	is 'so is who is thawed' "$(b thaw 12)" OK
	sleep 1 # ten beats
	check 'all the time' is_state 12 running
	check 'and who is silent now' is_state 10 running
	check 'but none of them is available' is_unavailable 2 10 12
	kill -CONT "$before" "$after"
	down
}

# Two who freeze the same node at the same time.
frozen_twice() {
	local first
	up 200
	b freeze 12 >"$scratch/first" &
	first=$!
	b freeze 12 >"$scratch/second"
	wait "$first"
	check 'a node is frozen' until_true is_state 12 frozen
	is 'and thawed' "$(b thaw 12)" 'OK'
	check 'and goes on' until_true all_answer 15
	down
}

for backend in $backends; do
	echo "# backend $backend"
	silence_is_lost
	nobody_watches
	frozen_too_early
	# The sanitizers' own library wants to be the first.
	if ! sanitized; then controller_dies; fi
	frozen_twice
	cut_off
done
backend=${BACKEND:-ns}
launcher_is_slow
finish_tests
