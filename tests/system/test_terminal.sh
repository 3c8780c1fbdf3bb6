#!/bin/bash
# On a terminal: a prompt, editing and a history, and afterwards the terminal is as it was, however
# bonsai ended.
. tests/lib/system.sh

# A shell on a pseudo-terminal that says what the terminal is like before and after. script(1) makes the
# terminal and hands on what we write to it.
on_terminal() {
	close_session
	rm -f "$scratch/in" "$scratch/out"
	mkfifo "$scratch/in" "$scratch/out"
	cat >"$scratch/inner" <<-EOF
		stty rows 24 cols 100 ixany -echok
		before=\$(stty -g)
		echo "before \$before"
		"$BUILD/bonsai"
		echo "status \$?"
		# Who is killed leaves it to its guard, which may need a moment longer than this shell.
		for try in {1..200}; do [ "\$(stty -g)" = "\$before" ] && break; sleep 0.05; done
		echo "after \$(stty -g)"
	EOF
	(marked env TERM=xterm script -q -e -c "bash $scratch/inner" /dev/null) \
		<"$scratch/in" >"$scratch/out" 2>"$scratch/errors" &
	errors=$scratch/errors
	pid=$!
	exec {to}>"$scratch/in" {from}<"$scratch/out"
	screen=
	shows 'the terminal before' 'before ([0-9a-f:]+)[^0-9a-f:]'
	before=${BASH_REMATCH[1]}
	shows 'a prompt' 'bonsai> '
}

is_as_before() { # STATUS
	shows "the exit status is $1" "status $1[^0-9]"
	shows 'the terminal afterwards' 'after ([0-9a-f:]+)[^0-9a-f:]'
	is 'the terminal is as it was' "${BASH_REMATCH[1]}" "$before"
	close_session
	until_true is_gone "$pid" || not_ok 'the terminal closes'
	nothing_left 'nothing is left'
}

on_terminal
types 'create 6\r'
shows 'an answer' 'OK: [0-9]+'
types 'create 7 x\x7f8\r'
shows 'a line is edited' 'OK: [0-9]+[^O]*OK: [0-9]+'
types 'ping\t'
shows 'a command is completed' 'ping.*all'
types '\r'
shows 'and carried out' 'OK: 6 7 8'
types '\x1b[A\r'
shows 'the history has it' 'OK: 6 7 8'
types 'exit\r'
is_as_before 0

on_terminal
types 'create 1\r'
shows 'an answer' 'OK: [0-9]+'
shows 'a prompt again' 'bonsai> ' # before it the terminal is not ours, and an end of input nobody's
types '\x04'
is_as_before 0

on_terminal
types 'create 1\r'
shows 'an answer' 'OK: [0-9]+'
# No shell: one that is just about to start another program keeps a SIGINT to itself.
types 'exec 1 -- sleep 1000\r'
sleeps() { local pid; for pid in $(marked_pids); do tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qx 'sleep 1000 ' && return; done; return 1; }
check 'a program runs' until_true sleeps
types '\x03'
shows '^C ends the program, which is said on a line of its own' '\^C'$'\r\n''Exit: signal [0-9]+'
types 'pingall\r'
shows 'and nothing but it' 'OK: 1'
shows 'a prompt again' 'bonsai> '
types '\x03'
shows '^C at the prompt says how one leaves' 'takes the tree down'
types 'heartbeat\r'
shows 'a question' 'time, ms: '
types '\x03'
shows '^C drops it' 'Error: heartbeat without a time.*bonsai> '
types 'exec 1 -- hos'
shows 'a line that was begun' 'exec 1 -- hos'
types '\x03'
shows 'is dropped by it' '\^C.*bonsai> '
types 'pingall\r'
shows 'and the next one is a new one' 'OK: 1'
shows 'a prompt again' 'bonsai> '
types '\x04'
is_as_before 0

for signal in TERM HUP KILL; do
	on_terminal
	types 'create 1\r'
	shows 'an answer' 'OK: [0-9]+'
	shows 'a prompt again' 'bonsai> '
	kill -$signal "$(cli_pid)"
	is_as_before $((128 + $(kill -l $signal)))
done

on_terminal
types 'create 1\r'
shows 'an answer' 'OK: [0-9]+'
shows 'a prompt again' 'bonsai> '
kill -KILL "$(child_of "$(cli_pid)")"
is_as_before 3
finish_tests
