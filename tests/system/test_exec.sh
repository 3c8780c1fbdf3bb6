#!/bin/bash
# Programs in nodes, for real work: input, output and status as if they ran here, a terminal, many at once, and those
# that are left running.
. tests/lib/system.sh
. tests/lib/tree.sh exec

b() { (marked "$BUILD/bonsai" "$1" --tree "$tree" "${@:2}"); }
e() { b exec "$@"; }
runs_in() { [[ $(e -n "$1" -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "') == *"$2"* ]]; }
runs_not_in() { ! runs_in "$@"; }
mb=20
if ! sanitized; then mb=300; fi

input_and_output() {
	is 'input comes back' "$(seq 100000 | e 8 -- cat | md5sum)" "$(seq 100000 | md5sum)"
	is 'an end of input is one' "$(e 8 -- cat </dev/null)" ''
	is 'without input there is none' "$(echo x | e -n 8 -- cat)" ''
	is 'what is left of the input is the shell'\''s' "$(seq 3 | { e -n 8 -- true; cat; })" $'1\n2\n3'
	is "$mb MB go in right" "$(head -c ${mb}M /dev/zero | e 8 -- sha256sum)" \
		"$(head -c ${mb}M /dev/zero | sha256sum)"
	is "and come out right" "$(e -n 8 -- head -c ${mb}M /dev/zero | sha256sum)" \
		"$(head -c ${mb}M /dev/zero | sha256sum | cut -d' ' -f1)  -"
	is 'who reads no more ends the writing' "$(yes | e 8 -- head -n 2)" $'y\ny'
	is 'whose input is closed goes on' "$(yes | e 8 -- sh -c 'exec <&-; sleep 0.3; echo on')" on
	e 8 -- sh -c 'cat >&2; exit 3' <<<err >"$scratch/o" 2>"$scratch/e"
	is 'status, output and errors are its own' "$? $(cat "$scratch/o") $(cat "$scratch/e")" '3  err'
	is 'of a pipe that closes it learns' "$(e -n 8 -- yes | head -n 1)" y
	check 'and ends' until_true runs_not_in 8 'yes'
}

surroundings() {
	t 0 'A B=C / 8' '' exec -e 'X=A B=C' 8 -- sh -c 'echo "$X" $PWD $BONSAI_NODE'
	t 0 '/usr/bin' '' exec -w /usr/bin 8 -- pwd
	t 0 '/usr' '' exec --workdir=/usr --env=A=B 8 -- pwd
	t 1 '' 'Error: folder /nowhere: No such file or directory' exec -w /nowhere 8 -- pwd
	t 127 '' 'Error: sh: No such file or directory' exec -e PATH=/nowhere 8 -- sh
	t 2 '' 'Error: unknown option: -z .*' exec -z 8 -- pwd
	t 0 '.*--detach.*' '' exec --help
}

# --- side by side ---

many() {
	run exec --tree "$tree" 3,5..7 -- sh -c 'echo a; echo b; printf c'
	is 'each line has its node' "$status $(sort <<<"$out" | tr '\n' ' ')" \
		'0 3: a 3: b 3: c 5: a 5: b 5: c 6: a 6: b 6: c 7: a 7: b 7: c '
	is 'and a summary' "$err" '4 done'
	t 9 '(3: x|)' "2 done, 2 failed: .*(99 \(Not found\).*5 \(exit 9\)|5 \(exit 9\).*99 \(Not found\))" \
		exec 3,4,5,99 -- sh -c '[ $BONSAI_NODE != 5 ] || exit 9'
	run exec --tree "$tree" --all -- hostname
	is 'all of them' "$status $(sort -n <<<"$out" | sed 's/: n.*//' | tr '\n' ' ')" "0 $(seq 15 | tr '\n' ' ')"
	t 2 '' 'Error: a terminal is for one node alone' exec -t 3,5 -- true
	# shellcheck disable=SC2016 # the programs' own
	if ! sanitized; then
		rss_kb=$(marked python3 - "$BUILD/bonsai" exec --tree "$tree" -n 3,5 -- sh -c 'yes | head -c 30000000' <<-'EOS'
			import resource, subprocess, sys
			subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
			print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
		EOS
		)
		check "what comes fast is shown as it comes, not gathered ($rss_kb kB)" [ "$rss_kb" -lt 40000 ]
	fi
	run exec --tree "$tree" --timeout 1 3,5 -- sleep 1000
	is 'too long is too long' "$status" 124
	check 'and they are killed' until_true runs_not_in 3 'sleep 1000'
}

# --- the time's end ---

# in_time STATUS OUT ERR ARG...: and if it does not end by itself, that is a failure.
in_time() {
	local status_wanted=$1 out_wanted=$2 err_wanted=$3
	shift 3
	(marked timeout "$limit_s" "$BUILD/bonsai" --tree "$tree" --timeout "${time_s:-1}" "$@") \
		>"$scratch/o" 2>"$scratch/e" </dev/null
	like "--timeout ${time_s:-1} $*" "$? $(cat "$scratch/o") $(cat "$scratch/e")" "$status_wanted $out_wanted $err_wanted"
}

timeouts() {
	local controller launcher
	# Whether it comes to say so by then is the machine's matter.
	in_time 124 '(begun)?' 'Error: exec: not ended after 1 s, and killed' exec 8 -- sh -c 'echo begun; exec sleep 1000'
	check 'it is gone' until_true runs_not_in 8 'sleep 1000'
	in_time 124 '' ".*Error: exec: 2 programs not ended after 1 s, and killed" exec 8,9,3 -- \
		sh -c '[ $BONSAI_NODE = 3 ] || exec sleep 1000'
	in_time 124 '(begun)?' 'Error: enter: not ended after 1 s' enter 8 sh -c 'echo begun; exec sleep 1000'
	check 'it is gone' until_true runs_not_in 8 'sleep 1000'
	time_s=600 in_time 7 '' '' enter 8 sh -c 'exit 7'
	e -d 8 -- sh -c 'echo begun; exec sleep 1000' >/dev/null
	in_time 124 '(begun)?' 'Error: logs: not ended after 1 s' logs -f 8
	check 'it runs' until_true runs_in 8 'sleep 1000'
	e -n 8 -- sh -c 'kill $(grep -l sleep /proc/[0-9]*/comm | cut -d/ -f3 | grep -vx $$)' 2>/dev/null
	check 'nothing runs' until_true runs_not_in 8 'sleep 1000'
	# All that may come is who got no processor time.
	in_time 124 '([0-9:]+ Heartbeat: .* (was starved itself and waits|is silent, but waits for a processor))*' 'Error: events: not ended after 1 s' events -f
	echo '# nobody reads what they write'
	mkfifo "$scratch/unread"
	exec {unread}<>"$scratch/unread"
	for nodes in 8 8,9; do
		rm -f "$scratch/status"
		(
			marked "$BUILD/bonsai" --timeout 1 exec --tree "$tree" "$nodes" -- yes >"$scratch/unread" 2>"$scratch/late" </dev/null &
			wait "$!"
			echo "$?" >"$scratch/status"
		) &
		check "the time is kept: $nodes" until_true [ -s "$scratch/status" ]
		is "and its status: $nodes" "$(cat "$scratch/status")" 124
		like "and why: $nodes" "$(cat "$scratch/late")" $'(.*\n)?Error: exec: .*not ended after 1 s, and killed'
		for node in ${nodes/,/ }; do check "it is gone from $node" until_true runs_not_in "$node" yes; done
	done
	exec {unread}>&-
	controller=$(controller_of "$tree") launcher=$(launcher_of "$tree")
	kill -STOP "$launcher"
	in_time 124 '' 'Error: create: no answer within 1 s' create 99
	in_time 124 '.*' '.*Error: remove: no answer within 1 s' remove 13
	kill -CONT "$launcher"
	kill -STOP "$controller"
	for command in 'create 98' 'remove 98' 'grow 98' 'kill 98' 'enter 98' 'audit 98' 'inspect 98' pingall; do
		# shellcheck disable=SC2086 # words
		in_time 124 '' "Error: ${command% *}: no answer within 1 s" $command
	done
	in_time 124 '' 'Error: exec: no answer within 1 s; it may still run' exec 8 -- true
	in_time 124 '' '.*Error: exec: no answer of 2 programs within 1 s; they may still run' exec 8,9 -- true
	in_time 124 '' 'Error: exec: no answer within 1 s' exec 8 time
	kill -CONT "$controller"
	t 0 'OK:( [0-9]+)+' '' pingall
	t 200 '' '1 done, 2 failed: (3 \(exit 200\), 8 \(signal 9\)|8 \(signal 9\), 3 \(exit 200\))' exec 3,8,9 -- \
		sh -c 'case $BONSAI_NODE in 3) exit 200 ;; 8) kill -9 $$ ;; esac'
}

# --- detached ---

detached() {
	local number
	like 'exec -d answers at once' "$(e -d 8 -- sh -c 'echo begun; sleep 2; echo over; exit 4')" 'OK: 8 program [0-9]+'
	number=$(e -d 12 -- sh -c 'echo one; exec sleep 1000') number=${number##* }
	is 'logs -f goes on to the end' "$(b logs -f 8)" $'begun\nover'
	is 'its log is kept' "$(b logs 8)" $'begun\nover'
	e -d 8 -- sh -c 'seq 100000' >/dev/null
	is 'the end of a long one is kept' "$(b logs -f 8 2>/dev/null | tail -n 1)" 100000
	like 'and what is missing is said' "$(b logs 8 2>&1 >/dev/null)" '\[[0-9]+ octets are not kept any more\]'
	like 'as JSON' "$(b logs --json 12 "$number")" '\{.*"running":true,.*"data":"one\\n"\}'
	controller=$(controller_of "$tree")
	kill -KILL "$controller"
	until_true is_gone "$controller"
	is 'it outlives its controller' "$(b logs 12 "$number" 2>"$scratch/err")" one
	check 'and runs' runs_in 12 'sleep 1000'
	t 0 'OK: 3 program [0-9]+'$'\n''OK: 5 program [0-9]+|OK: 5 .*OK: 3 .*' '2 done' exec -d 3,5 -- true
	e -n 12 -- kill "$number"
	check 'by its number it is killed' until_true runs_not_in 12 'sleep 1000'
	t 1 '' 'Error: no detached program of that number' logs 12 999
}

# --- operators who leave ---

# launch ARG...: in the background, as process $pid.
launch() {
	(marked "$BUILD/bonsai" "$@") </dev/null &
	pid=$!
}

leaving() {
	local pid
	for signal in TERM KILL; do
		launch exec --tree "$tree" -n 12 -- sleep 1000 >"$scratch/left" 2>&1
		check 'a program runs' until_true runs_in 12 'sleep 1000'
		kill -$signal "$pid"
		wait "$pid" 2>/dev/null
		check "its operator gone by SIG$signal, it ends" until_true runs_not_in 12 'sleep 1000'
	done
	launch exec --tree "$tree" -n 12 -- \
		sh -c 'trap "echo caught; exit 5" INT; echo; while :; do sleep 0.1; done' >"$scratch/caught" 2>&1
	caught() { grep -q '^$' "$scratch/caught"; }
	check 'a program runs' until_true caught
	kill -INT "$pid"
	wait "$pid"
	is '^C reaches it' "$? $(tail -n 1 "$scratch/caught")" '5 caught'
	# More than run side by side.
	launch exec --tree "$tree" "$(printf '12,14,%.0s' {1..32})1..6" -- \
		sh -c 'trap "exit 0" INT; echo; while :; do sleep 0.1; done' >"$scratch/caught" 2>&1
	caught() { [ "$(grep -c '^1[24]: $' "$scratch/caught")" -eq 64 ]; }
	check 'programs run side by side' until_true caught
	kill -INT "$pid"
	wait "$pid"
	is 'who is not started after ^C is told of' "$? $(tail -n 1 "$scratch/caught")" '130 64 done, 6 not started'
}

# --- a terminal ---

# on_terminal COMMAND...: in a shell on a pseudo-terminal that says what the terminal is like before and after.
on_terminal() {
	close_session
	rm -f "$scratch/in" "$scratch/out"
	mkfifo "$scratch/in" "$scratch/out"
	cat >"$scratch/inner" <<-EOF2
		stty rows 30 cols 111 -echok
		echo "before \$(stty -g)"
		"$BUILD/bonsai" $*
		echo "status \$?"
		echo "after \$(stty -g)"
	EOF2
	(marked env TERM=vt100 script -q -e -c "bash $scratch/inner" /dev/null) \
		<"$scratch/in" >"$scratch/out" 2>"$scratch/errors" &
	pid=$!
	exec {to}>"$scratch/in" {from}<"$scratch/out"
	screen=
	shows 'the terminal before' 'before ([0-9a-f:]+)[^0-9a-f:]'
	before=${BASH_REMATCH[1]}
}

is_as_before() { # STATUS
	shows "the exit status is $1" "status $1[^0-9]"
	shows 'the terminal afterwards' 'after ([0-9a-f:]+)[^0-9a-f:]'
	is 'the terminal is as it was' "${BASH_REMATCH[1]}" "$before"
	close_session
}

terminal() {
	on_terminal exec --tree "$tree" -t 8 -- sh
	types 'stty size; echo $TERM; tty\r'
	shows 'its size, its kind, its name' '30 111[^0-9].*vt100.*/dev/pts/0'
	types 'sleep 1000\r'
	check 'a program runs in it' until_true runs_in 8 'sleep 1000'
	types '\x03'
	types 'echo al\x27\x27ive\r'
	shows '^C is the program'\''s' 'alive'
	types '\x1a'
	types 'exit 6\r'
	is_as_before 6

	on_terminal exec --tree "$tree" -t 8 -- sh -c "'echo be\"\"gun; exec sleep 1000'"
	shows 'a program runs' 'begun'
	kill -TERM "$(cli_pid ' exec .*-t')"
	is_as_before 143
	check 'and the program is gone' until_true runs_not_in 8 'sleep 1000'

	on_terminal exec --tree "$tree" -t 15 -- sh -c "'printf be\"\"gun; exec sleep 1000'"
	shows 'a program runs' 'begun'
	b kill 15 >/dev/null
	shows 'the node gone, that is said on a line of its own' $'\r\n''Error: Node is unavailable'
	is_as_before 1
}

# --- a load, and the heart beats on ---

load() {
	local i jobs=()
	b heartbeat 200 >/dev/null
	launch events --tree "$tree" -f >"$scratch/events" 2>&1
	local listener=$pid
	for i in {1..10}; do
		head -c 20M /dev/zero | e $((i + 1)) -- sha256sum >"$scratch/sum.$i" 2>&1 &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	is 'ten streams at once are all right' "$(cat "$scratch"/sum.* | sort -u)" "$(head -c 20M /dev/zero | sha256sum)"
	kill -INT "$listener"
	wait "$listener"
	is 'and nobody was missed meanwhile' "$(grep -c unavailable "$scratch/events")" 0
}

t 0 "OK: the tree $tree is up" '' up
t 0 'OK: 15 nodes in .*' '' grow 15
before_kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(controller_of "$tree")/status")
input_and_output
after_kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(controller_of "$tree")/status")
# The sanitizers keep what is freed.
if ! sanitized; then
	check "the controller did not grow by what went through it ($before_kb to $after_kb kB)" \
		[ $((after_kb - before_kb)) -lt 20000 ]
fi
surroundings
many
load
timeouts
detached
leaving
terminal
t 0 "OK: the tree $tree is down, and nothing of it is left" '' down
nothing_left 'nothing is left'
finish_tests
