#!/bin/bash
# bonsai top on a terminal: its rows, its keys, events, other sizes; and the terminal as it was
# afterwards, however it ended.
. tests/lib/system.sh

tree=top-$$

b() { # SUB-COMMAND ARG...: in our tree
	local name=$1
	shift
	(marked "$BUILD/bonsai" "$name" --tree "$tree" "$@") >"$scratch/run.out" 2>&1 </dev/null
}

# --- a terminal with a shell that runs top, and tells how the terminal is before and after ---

# on_screen ROWS COLS [ARG...]: options of bonsai.
on_screen() {
	local rows=$1 cols=$2
	shift 2
	cat >"$scratch/inner" <<-EOS
		set -m
		stty ixany -echok
		echo "before \$(stty -g)."
		read -r
		"$BUILD/bonsai" $* top --tree "$tree" 2>"$scratch/errors"
		status=\$?
		while [ \$status -gt 128 ] && [ -n "\$(jobs)" ]; do # stopped
			echo "stopped \$(stty -g)."
			read -r
			fg >/dev/null
			status=\$?
		done
		echo "after \$(stty -g)."
		exit \$status
	EOS
	close_session
	rm -f "$scratch/in" "$scratch/out"
	mkfifo "$scratch/in" "$scratch/out"
	(marked tests/lib/screen.py "$rows" "$cols" bash "$scratch/inner") \
		<"$scratch/in" >"$scratch/out" 2>"$scratch/screen.errors" &
	pid=$!
	exec {to}>"$scratch/in" {from}<"$scratch/out"
	sees 'the terminal before' 'before ([0-9a-f:]+)\.'
	before=${answer#ok }
	types '\r'
	sees 'it draws' "^bonsai top: tree $tree, backend ns, heartbeat [0-9]+ ms"
}

# The answer of the terminal to a command.
tell() {
	printf '%s\n' "$1" >&"$to"
	IFS= read -r -t $((limit_s + 10)) -u "$from" answer || answer='no answer'
}

sees() { # NAME REGEX
	tell "see $2"
	if [[ $answer == ok* ]]; then
		ok "$1"
		return
	fi
	tell show
	die "$1" "wanted: $2" "$(tr '|' '\n' <<<"$answer")" "$(cat "$scratch/screen.errors" "$scratch/errors")"
}

types() { tell "type $1"; }

is_as_before() { # STATUS ERRORS
	sees 'the terminal afterwards' 'after ([0-9a-f:]+)\.'
	is 'it is as it was' "${answer#ok }" "$before"
	tell end
	is 'the exit status' "$answer" "ok $1"
	like 'and on standard error' "$(cat "$scratch/errors")" "$2"
	close_session
}

state() { # ID STATE, as a row says it
	echo "^ +$1 +[0-9-]+  $2 +[0-9]+ "
}

echo '# no terminal'
b top
is 'off a terminal it says so' "$? $(cat "$scratch/run.out")" \
	'2 Error: top draws on a terminal, and standard input is none'
(marked script -q -e -c "env TERM=vt100 $BUILD/bonsai top --tree $tree" /dev/null) </dev/null >"$scratch/run.out" 2>&1
is 'without a tree' "$? $(tr -d '\r' <"$scratch/run.out")" \
	"3 Error: no tree named $tree is up; bring it up with: bonsai up --tree $tree"

b up --heartbeat 200
b create 50 25 75 10 30 60 90
for term in dumb nonsense; do
	(marked script -q -e -c "env TERM=$term $BUILD/bonsai top --tree $tree" /dev/null) </dev/null >"$scratch/run.out" 2>&1
	is "on a terminal of type $term" "$? $(tr -d '\r' <"$scratch/run.out")" \
		"2 Error: top can't draw on a terminal of type $term"
done

echo '# rows and keys'
on_screen 24 100
sees 'how many there are' '^7 nodes: 7 running$'
sees 'the heading' '^ +IDv +PARENT  STATE +PID +RSS +CPU% +BEAT  UPTIME'
sees 'the first row' '^ +10 +25  running +[0-9]+ +[0-9.]+ [KM]B +[0-9-]+ +-  [0-9.]+ s'
sees 'the root was heard' '^ +50 +-  running +[0-9]+ +[0-9.]+ [KM]B +[0-9-]+ +[0-9]+ ms  '
sees 'the last row' "$(state 90 running)"
sees 'processor time is counted' '^ +50 +-  running +[0-9]+ +[0-9.]+ [KM]B +[0-9]+ '
types '/30\r'
types 'f'
sees 'f freezes the selected one' "$(state 30 frozen)"
sees 'and it is counted' '^7 nodes: 6 running, 1 frozen$'
types '\x1b[B'
types 'f'
sees 'Down selects the next' "$(state 50 frozen)"
sees 'what is below is dark' "$(state 75 unavailable)"
types 't'
sees 't thaws' "$(state 50 running)"
types '\x1bOA'
types 't'
sees 'Up' '^7 nodes: 7 running$'
types 't'
sees 'an error is told' '^Error: Not frozen$'
b freeze 60
sees 'what another does is seen' "$(state 60 frozen)"
# It is shown for a while only, which may be over when a busy machine has looked.
is_told() {
	local thaw
	b freeze 60
	b thaw 60 &
	thaw=$!
	tell 'see ^[0-9:]{8} Thawed: node 60$'
	wait "$thaw"
	[[ $answer == ok* ]]
}
check 'and told' until_true is_told
types 's'
sees 's sorts by another key' 'STATEv '
types 'r'
sees 'r turns it round' 'STATE\^ '
types 'sssss'
sees 'and by the first again' ' ID\^ .*\n +90 '
types 'r'
types '?'
sees '? helps' '^k +kill it, after a question'
types '?'
sees 'and back' "$(state 10 running)"
types '/999\r'
sees 'an id that is not there' '^no node 999'
types '/9x\x7f90\r'
types 'k'
sees 'k asks' '^Kill node 90\? y/n$'
types 'n'
sees 'n is no' '^node 90 is left alone'
types 'k'
types 'y'
sees 'y is yes' "$(state 90 lost)"
sees 'and counted' '^7 nodes: 6 running, 1 lost$'
types '/30\r'
types 'e'
# Written to standard error, which is a file here; keys typed before it are not the shell's.
check 'a prompt' until_true grep -q 'n30#' "$scratch/errors"
types 'echo in $(hostname)\r'
sees 'e enters it' '^in n30$'
types 'exit 3\r'
sees 'a status is told' 'Status 3\. Enter goes back\.\s*\Z'
types '\r'
sees 'and comes back' '^(\? help .*|enter ended with .*)\Z'
types '/30\r'
types 'f'
sees 'and keys are taken' "$(state 30 frozen)"
types 't'
sees 'as before' '^7 nodes: 6 running, 1 lost$'
types '\x0c'
sees '^L draws anew' "$(state 10 running)"

echo '# another size'
tell 'size 8 60'
sees 'it fits' '^bonsai top: .*\n7 nodes: .*\n +IDv .*\n( +[0-9]+ .*\n){4}\? help'
types '\x1b[4~'
types '\x1bOF'
sees 'End selects the last' "$(state 90 lost)"
types '\x1bOH'
sees 'Home the first' "$(state 10 running)"
types '\x1b[6~'
sees 'PageDown goes on' "$(state 60 running)"
tell 'size 3 20'
tell 'size 1 1'
tell 'size 24 100'
sees 'small ones do no harm' "$(state 90 lost)"
types 'q'
is_as_before 0 '([a-z0-9]*[#$] ?)*' # the shell's prompts

echo '# signals'
for signal in TERM HUP INT QUIT; do
	on_screen 24 100 --no-color
	sees 'rows' "$(state 10 running)"
	kill -$signal "$(cli_pid ' top ')"
	is_as_before $((128 + $(kill -l $signal))) ''
done
on_screen 24 100
sees 'rows' "$(state 10 running)"
types '\x03'
is_as_before 130 ''

on_screen 24 100
sees 'rows' "$(state 10 running)"
types '\x1a'
sees '^Z gives the terminal back' 'stopped ([0-9a-f:]+)\.'
is 'as it was' "${answer#ok }" "$before"
types '\r'
sees 'and fg draws again' "^bonsai top: tree $tree.*\n7 nodes"
types 'q'
is_as_before 0 ''

echo '# the terminal goes'
on_screen 24 100
sees 'rows' "$(state 10 running)"
top=$(cli_pid ' top ')
{ kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
check 'it ends with its terminal' until_true is_gone "$top"
close_session

echo '# the controller goes'
on_screen 24 100
sees 'rows' "$(state 10 running)"
b --json info
kill -KILL "$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$scratch/run.out")"
is_as_before 3 'Error: the controller ended: .*'
b ps
on_screen 24 100
sees 'the next one serves' "$(state 10 running)"
b down
is_as_before 3 'Error: the controller ended: an operator has shut it down'
nothing_left 'nothing is left'

echo '# at the prompt'
rm -f "$scratch/in" "$scratch/out"
mkfifo "$scratch/in" "$scratch/out"
(marked tests/lib/screen.py 24 80 "$BUILD/bonsai") <"$scratch/in" >"$scratch/out" 2>"$scratch/screen.errors" &
pid=$!
exec {to}>"$scratch/in" {from}<"$scratch/out"
sees 'a prompt' '^bonsai>'
types 'create 8 4\r'
sees 'nodes of a tree without a name' '^OK: [0-9]+\nOK: [0-9]+\n'
types 'top\r'
sees 'the full screen is there' '^bonsai top: tree \(none\), backend'
types '/4\r'
types 'f'
sees 'its keys work' "$(state 4 frozen)"
types 't'
sees 'and again' "$(state 4 running)"
types 'q'
sees 'q goes back to the prompt' '^bonsai>'
types 'pingall\r'
sees 'which goes on' '^OK: 8 4$'
types 'exit\r'
tell end
is 'and ends' "$answer" 'ok 0'
close_session
nothing_left 'nothing is left of it'
(marked "$BUILD/bonsai") <<<top >"$scratch/run.out" 2>&1
is 'without a terminal there is none' "$(cat "$scratch/run.out")" 'Error: top needs a terminal to be shown on and typed at'
nothing_left 'nothing is left'

finish_tests
