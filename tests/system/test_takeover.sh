#!/bin/bash
# A tree with a name outlives its controller: killed at any moment it loses no node, and the next one
# takes over what there is, tells what happened meanwhile, and goes on. Through the operators' API alone.
. tests/lib/system.sh

name=takeover-$$

# serve [ARG...]: a controller for the tree, in the background; $controller, $dir.
serve() {
	local word
	rm -f "$scratch/greeting"
	mkfifo "$scratch/greeting"
	(marked "$BUILD/bonsaid" --tree "$name" "$@") >"$scratch/greeting" 2>"$scratch/errors" &
	controller=$!
	read -r -t "$limit_s" word dir <"$scratch/greeting"
	[ "$word" = OK ] || die 'a controller serves' "got: $word $dir" "$(cat "$scratch/errors")"
}

ask() { # REQUEST, without its id
	"$BUILD/tests/lib/apicall" "$dir" "{\"id\":1,$1}"
}

launcher_pid() { ask '"cmd":"info"' | sed -n 's/.*"launcher":\([0-9]*\).*/\1/p'; }

kill_controller() {
	launcher=$(launcher_pid)
	kill -KILL "$controller"
	wait "$controller" 2>/dev/null
}

answered() { ask '"cmd":"ping"' | sed -n 's/.*"answered":\[\([0-9,]*\)\].*/\1/p' | tr , '\n' | sort -n | xargs; }
pid_of() { ask '"cmd":"nodes"' | grep -o "\"node\":$1,[^}]*" | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }
state_of() { ask '"cmd":"nodes"' | grep -o "\"node\":$1,[^}]*" | sed -n 's/.*"state":"\([a-z]*\)".*/\1/p'; }
is_state() { [ "$(state_of "$1")" = "$2" ]; }

down() {
	is 'shutdown is answered' "$(ask '"cmd":"shutdown"')" '{"id":1}'
	wait "$controller"
	is 'the controller ends with status 0' $? 0
	nothing_left 'nothing is left'
}

for backend in $backends; do
	echo "# backend $backend"
	serve --backend "$backend" --heartbeat 200
	like 'a tree grows' "$(ask '"cmd":"grow","count":15')" '.*"count":15,.*'
	pids=$(pid_of 1)-$(pid_of 8)-$(pid_of 15)
	ask '"cmd":"timer","node":7,"op":"start"' >/dev/null
	kill_controller
	check 'the launcher lives on' [ -d "/proc/$launcher" ]

	# What the next one is asked to be is not what the tree is.
	serve --backend process --heartbeat 5000
	is 'all nodes are there' "$(answered)" '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'
	is 'they are the same' "$(pid_of 1)-$(pid_of 8)-$(pid_of 15)" "$pids"
	like 'the launcher is, and so are backend and beat' "$(ask '"cmd":"info"')" \
		".*\"backend\":\"$backend\",.*\"launcher\":$launcher,\"nodes\":15,\"heartbeat_ms\":200,.*\"generation\":2,.*"
	like 'a timer that ran runs on' "$(ask '"cmd":"timer","node":7,"op":"time"')" '.*"ms":[1-9][0-9]*,.*'
	like 'a node can be created' "$(ask '"cmd":"create","ids":[77]')" '.*"node":77,"more":true,"pid":.*'
	like 'one that is there already is' "$(ask '"cmd":"create","ids":[3]')" '.*Already exists.*'
	like 'a node can be removed' "$(ask '"cmd":"remove","ids":[77]')" '.*"node":77,"more":true.*'

	# Meanwhile one is killed, another is stopped; neither is forgotten or mistaken.
	victim=$(pid_of 2) stopped=$(pid_of 14)
	kill_controller
	kill -KILL "$victim"
	kill -STOP "$stopped"
	serve
	check 'who was killed meanwhile is lost' is_state 2 lost
	check 'who is silent is suspect' is_state 14 suspect
	is 'the others answer' "$(answered)" '4 5 6 7 8 9 10 11 12'
	events=$(ask '"cmd":"events","since":0')
	like 'the loss is told' "$events" '.*"event":"lost","node":2,"cause":"killed by signal 9".*'
	like 'the silence is told' "$events" '.*"event":"unavailable","node":14.*'
	like 'that a controller took over is told' "$events" '.*"event":"attached","generation":3.*'
	like 'that events are missing is told' "$events" '.*"missed":true.*'
	kill -CONT "$stopped"
	check 'who was silent comes back' until_true is_state 14 running

	# A loss is told once.
	kill_controller
	serve
	check 'who was lost stays lost' is_state 2 lost
	case $(ask '"cmd":"events","since":0') in
	*'"event":"lost"'*) not_ok 'a loss is told once' ;;
	*) ok 'a loss is told once' ;;
	esac
	like 'who is lost can be removed' "$(ask '"cmd":"remove","ids":[2]')" '.*"node":2,"more":true.*'
	like 'and made again' "$(ask '"cmd":"create","ids":[2,1,3]')" '.*"node":3,"more":true,"pid":.*'

	# Frozen is remembered.
	ask '"cmd":"freeze","node":12' >/dev/null
	kill_controller
	serve
	check 'who was frozen is' is_state 12 frozen
	like 'it can be thawed' "$(ask '"cmd":"thaw","node":12')" '.*"node":12.*'
	all_there() { [ "$(answered)" = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15' ]; }
	check 'and is back when it has been heard of' until_true all_there

	# So is who was just being frozen when the controller died.
	launcher=$(launcher_pid)
	kill -STOP "$launcher"
	"$BUILD/tests/lib/apicall" "$dir" '{"id":1,"cmd":"freeze","node":12}' '{"id":2,"cmd":"info"}' \
		>"$scratch/asked" 2>&1 &
	asking=$!
	check 'it is asked for' until_true grep -q '"id":2' "$scratch/asked"
	kill_controller
	kill -CONT "$launcher"
	kill "$asking"
	wait "$asking" 2>/dev/null
	serve
	check 'who was being frozen is' is_state 12 frozen
	like 'it can be thawed as well' "$(ask '"cmd":"thaw","node":12')" '.*"node":12,"id":1}'
	check 'and is back' until_true all_there
	down
done

echo '# killed in the middle of everything'
for moment in 0.02 0.08 0.2 0.4; do
	serve
	"$BUILD/tests/lib/apicall" "$dir" '{"id":1,"cmd":"grow","count":120}' >/dev/null 2>&1 &
	asking=$!
	sleep "$moment"
	kill_controller
	# It waits for an answer that will not come.
	kill "$asking"
	wait "$asking" 2>/dev/null
	serve
	count=$(ask '"cmd":"info"' | sed -n 's/.*"nodes":\([0-9]*\).*/\1/p')
	is "after ${moment} s of a grow all that are there answer ($count)" "$(answered | wc -w)" "$count"
	survived=$((${survived:-0} + count))
	like 'and it grows on' "$(ask '"cmd":"create","ids":[[200,220]]' | tail -n 2 | head -n 1)" '.*"node":220,"more":true,"pid":.*'
	down
done

check 'whoever had signed on is among them' [ "$survived" -gt 0 ]

echo '# one controller a tree, and the end of its launcher'
serve
(marked "$BUILD/bonsaid" --tree "$name") >"$scratch/second" 2>&1
is 'a second controller is refused' "$? $(cat "$scratch/second")" "1 Error: a controller serves the tree $name already"
ask '"cmd":"grow","count":7' >/dev/null
kill_controller
kill -KILL "$launcher"
nothing_left_but_folder() { [ -z "$(left_over | grep -v '^folder')" ]; }
check 'launcher killed as well, no process is left' until_true nothing_left_but_folder
serve
is 'a tree of that name begins anew' "$(answered)" ''
ask '"cmd":"grow","count":7' >/dev/null
launcher=$(launcher_pid)
kill -KILL "$launcher"
wait "$controller"
is 'the controller of a killed launcher ends with status 1' $? 1
nothing_left 'nothing is left'

finish_tests
