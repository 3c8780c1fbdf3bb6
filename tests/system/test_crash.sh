#!/bin/bash
# What becomes of a node that ends by itself: it stays, goes with all below it, or is started again in its place with
# the children that outlived it, as often as is sensible.
. tests/lib/system.sh

tree=crash-$$

b() { (marked "$BUILD/bonsai" "$1" --tree "$tree" "${@:2}") 2>&1 </dev/null; }
pid_of() { b ps --json | grep -o "\"node\":$1,[^}]*" | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }
state_of() { b ps --json | grep -o "\"node\":$1,[^}]*" | sed -n 's/.*"state":"\([a-z]*\)".*/\1/p'; }
is_state() { [ "$(state_of "$1")" = "$2" ]; }
all_answer() { [ "$(b pingall | wc -w)" = $(($1 + 1)) ] && [[ $(b pingall) != *Unavailable* ]]; }
is_free() { [[ $(b create "$1") == OK:* ]]; }
info_of() { b info --json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
events() { "$BUILD/tests/lib/apicall" "$(b ls --json | sed -n "s|.*\"tree\":\"$tree\".*\"path\":\"\([^\"]*\)\".*|\1|p")" \
	'{"id":1,"cmd":"events","since":0}'; }

# up POLICY BACKEND: and a tree of fifteen, 8 on top, 4 and 12 below it.
up() {
	is "up --on-crash $1, $2" "$(b up --on-crash "$1" --backend "$2" --heartbeat 300)" "OK: the tree $tree is up"
	like 'it grows' "$(b grow 15)" 'OK: 15 nodes in .*'
}

down() {
	is 'down' "$(b down)" "OK: the tree $tree is down, and nothing of it is left"
	nothing_left 'nothing is left'
}

for backend in $backends; do
	up preserve $backend
	b kill 4 >/dev/null
	check 'preserve: who ended stays lost' until_true is_state 4 lost
	is 'and those below it unavailable' "$(b pingall | tail -n 1)" 'Unavailable: 4 2 6 1 3 5 7'
	down

	up destroy $backend
	b kill 4 >/dev/null
	check 'destroy: who ended goes, with all below it' until_true all_answer 8
	like 'which is told' "$(events)" '.*"event":"lost","node":4,.*"event":"destroyed","node":4,.*'
	check 'the place is free, once all are gone' until_true is_free 4
	down

	up restart $backend
	b exec 5 start >/dev/null
	for victim in 15 4 8; do
		was=$(pid_of $victim)
		b kill $victim >/dev/null
		is_another() { local now; now=$(pid_of $victim) && [ -n "$now" ] && [ "$now" != "$was" ]; }
		check "restart: node $victim is another process" until_true is_another
		check 'and all answer again' until_true all_answer 15
	done
	like 'who outlived it has what it had' "$(b exec 5 time)" 'OK: 5 time: [1-9][0-9]+'
	is 'and is reached by all ways' "$(b exec 1 -- echo deep)" 'deep'
	like 'new ones find their place below' "$(b create 100)" 'OK: [0-9]+'
	check 'and answer' until_true all_answer 16
	like 'a restart is told' "$(events)" '.*"event":"restarted","node":4.*"event":"back","node":2.*'

	# Father and child at once, and a node while there is no controller.
	kill -KILL "$(pid_of 4)" "$(pid_of 2)" 2>/dev/null
	check 'two, one below the other, at once: both come back' until_true all_answer 16
	b freeze 12 >/dev/null
	b kill 14 >/dev/null
	check 'below one that is frozen it has to wait' until_true is_state 14 restarting
	b thaw 12 >/dev/null
	check 'and is started again when that one is back' until_true all_answer 16

	# One that is stopped while its parent is started again, without and with another controller.
	for again in 1 2; do
		b freeze 2 >/dev/null
		victim=4 was=$(pid_of 4)
		b kill 4 >/dev/null
		until_true is_another
		until_true is_state 4 running
		if [ $again = 2 ]; then
			controller=$(info_of pid)
			kill -KILL "$controller"
			until_true is_gone "$controller"
		fi
		b thaw 2 >/dev/null
		check 'one that was stopped while its parent was started again is back' until_true all_answer 16
		is 'and those below it are reached' "$(b exec 1 -- echo deep)" 'deep'
	done

	# A program below one that is started again has lost its operator.
	b exec 9 -- sleep 1000 >/dev/null &
	runs() { [ -n "$(ps -o pid= --ppid "$(pid_of 9)")" ]; }
	runs_not() { ! runs; }
	check 'a program runs' until_true runs
	victim=12 was=$(pid_of 12)
	b kill 12 >/dev/null
	until_true is_another
	check 'all come back' until_true all_answer 16
	check 'and the program is ended' until_true runs_not

	victim=$(pid_of 12) controller=$(info_of pid)
	kill -KILL "$controller"
	until_true is_gone "$controller"
	kill -KILL "$victim"
	until_true is_gone "$victim"
	check 'who ended without a controller is started again by the next' until_true all_answer 16
	like 'which knows what is to follow a crash' "$(b info --json)" '.*"on_crash":"restart".*'

	# One that ends again before it has signed on, since its parent is stopped: its children outlive that
	# and the controller. Nobody notices meanwhile that the parent is stopped: then it would not be started.
	b heartbeat 600000 >/dev/null
	stopped=$(pid_of 12) victim=14 was=$(pid_of 14) child=$(pid_of 13)
	kill -STOP "$stopped"
	b kill 14 >/dev/null
	until_true is_another
	kill -KILL "$(pid_of 14)"
	check 'who could not be started again is lost' until_true is_state 14 lost
	kill -CONT "$stopped"
	b heartbeat 300 >/dev/null
	controller=$(info_of pid)
	kill -KILL "$controller"
	until_true is_gone "$controller"
	is 'for the next controller as well' "$(state_of 14)" lost
	is 'and its children are there' "$(pid_of 13)" "$child"
	check 'they live' kill -0 "$child"
	is 'it can be removed' "$(b remove 14)" OK
	like 'and made again' "$(b create 14 13 15 | xargs)" 'OK: [0-9]+ OK: [0-9]+ OK: [0-9]+'
	check 'and all answer' until_true all_answer 15

	for i in 1 2 3 4 5; do
		was=$(pid_of 15)
		b kill 15 >/dev/null
		victim=15
		until_true is_another
		until_true is_state 15 running
	done
	b kill 15 >/dev/null
	gave_up() { [[ $(events) == *'"event":"not_restarted","node":15,"cause":"5 times in 60 s were too many"'* ]]; }
	check 'after five times in a minute it stays down, and says so' until_true gave_up
	is 'it is lost' "$(state_of 15)" lost
	like 'and can be removed' "$(b remove 15)" 'OK'
	check 'the others answer' until_true all_answer 14
	down
done

is 'no such policy' "$( (marked "$BUILD/bonsaid" --on-crash pray) 2>&1)" \
	'Error: --on-crash takes preserve, destroy or restart: pray'

finish_tests
