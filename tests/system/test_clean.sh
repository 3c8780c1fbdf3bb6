#!/bin/bash
# However it ends, nothing of it is left: exit, end of input, signals, and SIGKILL of each of its
# processes, with a tree at work and with one that still grows.
. tests/lib/system.sh

at_work() { # BACKEND
	start --backend "$1"
	try 'create 4 2 6 1 3 5 7' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+' 'OK: [0-9]+' \
		'OK: [0-9]+' 'OK: [0-9]+'
	send 'exec 3 -- sh -c "sleep 10000 & setsid sleep 10001 & sleep 0.1; exit"' \
		'exec 1 -- sh -c "echo running; sleep 10002"'
	await 'programs run in it' running
	works=1
	find_processes
}

growing() { # BACKEND
	start --backend "$1"
	create 100000
	send 'grow 200'
	# Some of the tree is there, most is not.
	until_true grown_some || die 'it grows'
	works=
	find_processes
}

grown_some() { [ "$(marked_pids | wc -l)" -ge 12 ]; }

find_processes() {
	daemon=$(child_of "$pid")
	launcher=$(child_of "${daemon:-none}")
	[ -n "$launcher" ] || die 'controller and launcher are found' "$(ps -o pid,ppid,args)"
}

end_of_input() { exec {to}>&-; to=; }

# ends NAME STATUS COMMAND...: trees in both states, and in both backends, ended by the command.
states=('at_work ns' 'growing ns' 'at_work process')
[ -z "${BACKEND:-}" ] || states=("at_work $BACKEND" "growing $BACKEND")
ends() {
	local name=$1 status=$2 state
	shift 2
	for state in "${states[@]}"; do
		$state
		"$@"
		ended "$name: the exit status ($state)" "$status"
		nothing_left "$name: nothing is left ($state)"
	done
}

signal() { kill -"$1" "${!2}"; }

# A program runs in front when the tree is at work: exit and the end of input are read after it.
let_program_end() { [ -z "$works" ] || until_true kill_sleep; "$@"; }
# False while the shell that is to run it has not got so far.
kill_sleep() {
	local sleeper
	for sleeper in $(marked_pids); do
		case $(tr '\0' ' ' 2>/dev/null <"/proc/$sleeper/cmdline") in
		'sleep 10002 '*) kill -TERM "$sleeper" && return ;;
		esac
	done
	return 1
}

ends 'exit' 0 let_program_end send exit
ends 'end of input' 0 let_program_end end_of_input
ends 'SIGINT' 130 signal INT pid
ends 'SIGTERM' 143 signal TERM pid
ends 'SIGHUP' 129 signal HUP pid
ends 'SIGQUIT' 131 signal QUIT pid
ends 'SIGKILL of bonsai' 137 signal KILL pid
ends 'SIGKILL of the controller' 3 signal KILL daemon
like 'the loss of the controller is an error' "$(grep Error: "$errors")" 'Error: the controller ended: killed by signal 9'
ends 'SIGTERM of the controller' 3 signal TERM daemon
ends 'SIGKILL of the launcher' 3 signal KILL launcher
like 'the loss of the launcher is an error' "$(grep Error: "$errors")" 'Error: the controller ended: .*launcher.*'

start
create 1
exec {from}<&-
from=
send menu menu
ended 'nobody reads the output: as of a SIGPIPE' 141
nothing_left 'nobody reads the output: nothing is left'

# All at once, so that nobody is left to clear up: the next one does.
at_work ns
kill -KILL "$pid" "$daemon" "$launcher"
until_true is_gone "$pid"
has_ended() { [ -z "$(marked_pids)" ]; }
until_true has_ended
wait "$pid" 2>/dev/null
start
create 1
bye
finish_tests
