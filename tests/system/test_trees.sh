#!/bin/bash
# Trees that live on, driven by one sub-command a call: up, ls, down, what each status is, several at once, who may
# come in, and a controller that dies under them.
. tests/lib/system.sh

. tests/lib/tree.sh trees

nl=$'\n'

echo '# nothing is up'
for command in pingall down ps tree info 'create 1' 'remove 1' 'exec 1 start' events 'kill 1'; do
	t 3 '' "Error: no tree named $tree is up(; bring it up with: bonsai up --tree $tree)?" $command
done

echo '# up'
t 0 "OK: the tree $tree is up" '' up --heartbeat 200
t 1 '' "Error: the tree $tree is up already \(controller [0-9]+\)" up
says 0 "(.*$nl)?$tree +up +0 +[0-9]+($nl.*)?" '' ls
t 0 'OK: [0-9]+' '' create 6
t 1 "OK: [0-9]+${nl}OK: [0-9]+" 'Error: 6: Already exists' create 3 6 8
t 0 'OK: [0-9]+' '' create 43
t 0 'OK: 6 3 8 43' '' pingall
t 0 "6$nl├─ 3$nl└─ 8$nl   └─ 43" '' tree
t 0 " *ID +PARENT +STATE +PID +RSS +LAST BEAT +UPTIME$nl +6 +- +running +[0-9]+ +[0-9.]+ [KM]B +(-|[0-9.]+ m?s ago) +[0-9.]+ s$nl.*" '' ps
t 0 'OK: 8 start' '' exec 8 start
t 0 'OK: 8 time: [0-9]+' '' exec 8 time
t 0 'n43' '' exec 43 -- hostname
t 7 'out' 'err' exec 43 -- sh -c 'echo out; echo err >&2; exit 7'
t 143 '' '' exec 43 -- sh -c 'kill -TERM $$'
t 127 '' 'Error: no-such-program: No such file or directory' exec 43 -- no-such-program
t 0 'OK' '' heartbeat 100
t 0 ".*heartbeat_ms +100$nl.*" '' info
t 0 '' '' pingall --quiet
t 1 '' 'Error: Not found' remove 99
t 2 '' 'Error: --backend, --image, --heartbeat, --on-crash, .* and limits are for .*: pingall .*' pingall --on-crash restart
t 2 '' 'Error: --backend, .*: pingall .*' pingall --image foo
t 0 'Usage: bonsai exec .*' '' exec -h
t 0 'OK: 8 time: [0-9]+' '' exec 8 time --timeout 20
t 0 n43 '' exec 43 -i -- hostname

echo '# quiet: errors alone'
for command in 'create 33' 'exec 33 start' ps tree info 'inspect 33' 'stats 33' pingall 'heartbeat 200' 'heartbeat off' 'freeze 33' \
	'thaw 33' events '--json events' '--json ps' ls '--json ls' 'set 33 --disk 1M' 'remove 33' 'image ls'; do
	# shellcheck disable=SC2086 # words
	says 0 '' '' -q --tree "$tree" $command
done
says 1 '' 'Error: Not found' -q --tree "$tree" remove 99
says 1 '\{"node":99,"more":true,"error":"Not found","code":"not_found","id":1\}' '' -q --json --tree "$tree" remove 99
says 0 n43 '' -q --tree "$tree" exec 43 -- hostname
is 'of lines of the input as well' "$( (marked "$BUILD/bonsai" -q) <<-'EOS'
	create 1 2
	exec 1 start
	heartbeat 300
	exec 1 -- sleep 1
	heartbeat off
	kill 2
	inspect 1
	ps
	create 1
	exec 1 -- echo said
EOS
)" "Error: Already exists${nl}said"

echo '# JSON'
t 0 '\{"answered":\[6,3,8,43\],"unavailable":\[\],"id":1\}' '' pingall --json
t 1 '\{"node":99,"more":true,"error":"Not found","code":"not_found","id":1\}'"$nl"'\{"id":1\}' '' remove --json 99
run ls --json
check 'ls --json is JSON' python3 -c 'import json,sys; [json.loads(l) for l in sys.argv[1].splitlines()]' "$out"
run ps --tree "$tree" --json
check 'ps --json is JSON' python3 -c 'import json,sys; assert len(json.loads(sys.argv[1])["nodes"]) == 4' "$out"

python3 - "$out" <<-'EOS' && ok 'and says what nodes use, and when each was heard' || not_ok 'ps --json: usage' "$out"
	import json, sys
	nodes = json.loads(sys.argv[1])["nodes"]
	assert all(n["rss_bytes"] > 100000 and n["cpu_ms"] >= 0 for n in nodes)
	assert all(0 <= n["last_beat_ms"] < 60000 for n in nodes)
EOS

echo '# events that come fast'
folder=$("$BUILD/bonsai" ls --json | sed -n "s|.*\"tree\":\"$tree\".*\"path\":\"\([^\"]*\)\".*|\1|p")
stir() {
	local op
	for op in freeze thaw; do
		"$BUILD/tests/lib/apicall" "$folder" "{\"id\":1,\"cmd\":\"$op\",\"node\":"{3,8,43}\}
	done >/dev/null
}
(while [ ! -e "$scratch/stirred" ]; do stir; done) &
stirring=$!
followers=()
for i in {1..20}; do
	(marked "$BUILD/bonsai" --tree "$tree" --json --timeout 1 events -f --since 0) >"$scratch/followed.$i" 2>/dev/null &
	followers+=($!)
	sleep 0.05
done
wait "${followers[@]}"
touch "$scratch/stirred"
wait "$stirring"
python3 - "$scratch"/followed.* <<-'EOS' >"$scratch/gaps" 2>&1 && ok 'who follows is told of each' || not_ok 'who follows is told of each' "$(cat "$scratch/gaps")"
	import json, sys
	lists = [[event["seq"] for event in map(json.loads, open(name)) if "seq" in event] for name in sys.argv[1:]]
	assert any(lists)
	for seqs in filter(None, lists):
	    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), seqs
EOS

echo '# what can not be written'
for command in 'create 33' 'freeze 33' 'thaw 33' pingall ps tree 'inspect 6' 'stats 6' info events 'exec 6 time' 'exec 6 -- echo x' 'exec 6,8 -- echo x' \
	'heartbeat 200' 'remove 33' '--json ps' ls '--json ls' --help version completion\ {ba,z,fi}sh doctor \
	'--json doctor' 'audit 6' 'help ps'; do
	# shellcheck disable=SC2086 # words
	(BONSAI_TREE=$tree marked "$BUILD/bonsai" $command) >/dev/full 2>"$scratch/run.err" </dev/null
	is "bonsai $command, on a full disk" "$? $(cat "$scratch/run.err")" \
		'1 Error: standard output: No space left on device'
done
(BONSAI_TREE=$tree marked "$BUILD/bonsai") >/dev/full 2>"$scratch/run.err" <<<'pingall'
is 'lines of the input' "$? $(cat "$scratch/run.err")" '1 Error: standard output: No space left on device'
mkfifo "$scratch/nobody"
exec {both}<>"$scratch/nobody" {nobody}>"$scratch/nobody"
exec {both}>&-
(BONSAI_TREE=$tree marked "$BUILD/bonsai" pingall) 2>"$scratch/run.err" </dev/null >&"$nobody"
is 'who reads no more is told nothing' "$? $(cat "$scratch/run.err")" '141 '
exec {nobody}>&-

echo '# usage'
says 2 '' 'Error: unknown sub-command: crate; did you mean create\? ?' crate 1
says 2 '' 'Error: unknown sub-command: dow; did you mean down\?' dow
says 2 '' 'Error: unknown sub-command: xyzzy \(see bonsai --help\)' xyzzy
says 2 '' 'Error: usage: bonsai create ID\|A\.\.B\.\.\. \[LIMIT\.\.\.\] \[--cap-add CAPS\]' create
says 2 '' 'Error: unknown sub-command: lss; did you mean ls\?' lss
says 2 '' 'Error: unknown sub-command: upp; did you mean up\?' upp
says 2 '' 'Error: unknown sub-command: exi .*' exi
says 2 '' 'Error: unknown sub-command: start; did you mean up\?' start
says 2 '' 'Error: unknown sub-command: stop; did you mean kill\?' stop 3
for command in menu exit; do says 2 '' "Error: only for lines of the input: $command .*" $command; done
says 2 '' 'Error: unknown option: --jsn; did you mean --json\?' --jsn ls
says 2 '' 'Error: unknown option: --detahc; did you mean --detach\?' exec --detahc 3
says 2 '' 'Error: no such sub-command: creat; did you mean create\?' help creat
says 2 '' 'Error: nothing to do with images .*: inspct; did you mean inspect\?' image inspct
says 2 '' 'Error: no shell .*: zhs; did you mean zsh\?' completion zhs
t 2 '' 'Error: put -- .*; or did you mean time\?' exec 6 tiem
t 2 '' 'Error: unknown option \(a program and its options go after --\): -l .*' exec 6 ls -l /
t 2 '' 'Error: usage: bonsai heartbeat .*' heartbeat
t 2 '' 'Error: option needs an argument: --since .*' events --since
t 2 '' 'Error: not valid UTF-8: .*' exec 6 -- echo $'\xff'
t 2 '' 'Error: not valid UTF-8: .*' create $'\xff'
for command in 'create x' 'create 3..1' 'remove x' 'grow 0' 'heartbeat x' 'exec abc -- ls' 'kill x' 'stats x' 'logs x' 'inspect x' 'enter x' \
	'audit x' 'set x --disk 1M' 'events --since x' 'logs 6 x' 'create 5 --memory 5X' 'freeze x' 'thaw x'; do
	# shellcheck disable=SC2086 # words
	t 2 '' 'Error: .*' $command
done
t 1 '' 'Error: --disk must be 64 KiB at least, or none' set 6 --disk 1
t 1 '' 'Error: 98: Not found'"$nl"'Error: 99: Not found' remove 98..99
t 0 'OK: 6 time: [0-9]+' '' exec 6 time --
says 2 '' 'Error: surplus argument: 1 \(see bonsai --help\)' ls 1
says 2 '' 'Error: surplus argument \(a tree is named by --tree\): lab .*' down lab
says 2 '' 'Error: unknown option: --nonsense \(see bonsai --help\)' --nonsense
says 2 '' 'Error: unknown option: --nonsense \(see bonsai --help\)' pingall --nonsense
says 2 '' 'Error: option needs an argument: --tree \(see bonsai --help\)' --tree
like 'and it says what is one' "$("$BUILD/bonsai" --tree=.hid ls 2>&1)" '.*the first a letter or digit, but not tree-\.\.\.: \.hid .*'
for name in '' . .. .hid _x a/b -x 'a b' tree-x "$(printf 'x%.0s' {1..33})"; do
	says 2 '' 'Error: no name for a tree, .*' "--tree=$name" ls
done
t 2 '' 'Error: not a node id.*' exec nonsense start
t 2 '' 'Error: put -- before the program.*' exec 6 nonsense
says 0 '(.|'"$nl"')*' '' --help
says 0 'bonsai [0-9.]+' '' version
all_help() {
	"$BUILD/bonsai" --help
	"$BUILD/bonsai" --help | sed -n '/^Trees:/,/^Status:/s/^\([a-z]\+\) .*/\1/p' | xargs -n 1 "$BUILD/bonsai" help
}
like 'there is help on each' "$(all_help)" ".*Usage: bonsai version.*Usage: bonsai audit ID.*Usage: bonsai exit$nl.*"
is 'all of it fits a terminal of 80 columns' "$(all_help | grep '.\{81\}')" ''

echo '# freeze, kill'
t 0 'OK' '' freeze 8
t 1 '' 'Error: Already frozen' freeze 8
t 0 "6$nl├─ 3$nl└─ 8 \(frozen\)$nl   └─ 43 \(unavailable\)" '' tree
# What a terminal is shown, and what is not for it.
on_terminal() { # ARG...
	(marked env TERM=xterm script -q -e -c "$*" /dev/null) </dev/null 2>&1 | tr -d '\r'
}
frozen=$'\033[36mfrozen\033[0m' dark=$'\033[33munavailable\033[0m'
is 'on a terminal states have colours' "$(on_terminal "$BUILD/bonsai" tree --tree "$tree")" \
	"6$nl├─ 3$nl└─ 8 ($frozen)$nl   └─ 43 ($dark)"
like 'in ps as well' "$(on_terminal "$BUILD/bonsai" ps --tree "$tree")" ".*8 +6  ${frozen//[/\\[}      +[0-9]+ .*"
for how in "NO_COLOR=1 $BUILD/bonsai tree" "TERM=dumb $BUILD/bonsai tree" "$BUILD/bonsai --no-color tree"; do
	is "not with: ${how//$BUILD\//}" "$(on_terminal env "$how" --tree "$tree")" \
		"6$nl├─ 3$nl└─ 8 (frozen)$nl   └─ 43 (unavailable)"
done
is 'nor off it' "$( (NO_COLOR= TERM=xterm marked "$BUILD/bonsai" ps --tree "$tree") | grep -c $'\033')" 0
t 1 '' 'Error: Node is unavailable \(node 8 above it is frozen; bonsai thaw 8\)' exec 43 start
t 1 '' 'Error: Node is unavailable \(frozen; bonsai thaw 8\)' exec 8 -- true
t 0 'OK' '' thaw 8
t 1 '' 'Error: Not frozen' thaw 8
t 0 'OK: 43 start' '' exec 43 start
t 2 '' 'Error: no such signal: NONSENSE' kill 3 NONSENSE
t 0 'OK' '' kill 3
is_lost() { run tree --tree "$tree" && [[ $out == *'3 (lost)'* ]]; }
check 'who is killed is lost' until_true is_lost
t 0 "OK" '' remove 3

echo '# events'
(marked "$BUILD/bonsai" events -f --tree "$tree") >"$scratch/events" 2>&1 </dev/null &
watcher=$!
# Until it hears: each try is another event.
heard() {
	run freeze --tree "$tree" 43
	run thaw --tree "$tree" 43
	grep -qE '^[0-9]{2}:[0-9]{2}:[0-9]{2} Thawed: node 43$' "$scratch/events"
}
check 'events are printed as they come' until_true heard
kill -INT "$watcher"
wait "$watcher"
is 'and ^C ends it with status 0' $? 0

echo '# the tree that is meant'
is 'BONSAI_TREE names it' "$(BONSAI_TREE=$tree marked "$BUILD/bonsai" --json info | grep -o "\"tree\":\"$tree\"")" "\"tree\":\"$tree\""
is 'unless --tree does' "$(BONSAI_TREE=none-$$ marked "$BUILD/bonsai" --tree "$tree" --json info | grep -o "\"tree\":\"$tree\"")" "\"tree\":\"$tree\""
like 'a name that is none is refused' "$( (BONSAI_TREE=a/b marked "$BUILD/bonsai" info) 2>&1; echo $?)" 'Error: BONSAI_TREE is no name for a tree, .*: a/b .*2'

echo '# a tree of a session'
start
create 1
run ls
like 'ls says whose it is' "$out" "(.*$nl)?tree-[A-Za-z0-9]+ +up +1 +[0-9]+  \(a session's own\)($nl.*)?"
send exit
ended 'it goes with its session' 0
run remove --tree "$tree" $(seq 1000 30999)
is 'many ids are one request' "$status $(grep -c '^Error: [0-9]*: Not found$' <<<"$err")" '1 30000'
t 0 ".*on_crash +preserve$nl.*" '' info

echo '# several up at once'
for i in {1..5}; do
	(marked "$BUILD/bonsai" up --tree "$tree-e") >"$scratch/up.$i" 2>&1 </dev/null || echo "status $?" >>"$scratch/up.$i" &
done
wait $(jobs -p)
is 'one brings it up, the others find it so' "$(cat "$scratch"/up.* | sed 's/(.*)/(PID)/' | sort | uniq -c | sed 's/^ *//' | xargs)" \
	"4 Error: the tree $tree-e is up already (PID) 1 OK: the tree $tree-e is up 4 status 1"
says 0 '.*' '' down --tree "$tree-e"

echo '# two trees apart'
says 0 "OK: the tree $tree-b is up" '' up --tree "$tree-b" --backend process
says 0 'OK: [0-9]+' '' create --tree "$tree-b" 1
t 0 'OK: 6 8 43' '' pingall
says 0 'OK: 1' '' pingall --tree "$tree-b"
says 0 "OK: the tree $tree-b is down, and nothing of it is left" '' down --tree "$tree-b"
t 0 'OK: 6 8 43' '' pingall

echo '# the commands of a script join it and leave it'
out=$(printf 'pingall\ncreate 50\nexit\n' | (marked "$BUILD/bonsai" --tree "$tree") 2>&1)
like 'a script runs in the tree' "$out" "OK: 6 8 43${nl}OK: [0-9]+"
out=$(printf 'pingall\n' | (marked "$BUILD/bonsai" --tree "$tree") 2>&1)
is 'the end of its input leaves the tree' "$out" 'OK: 6 8 43 50'

for option in '--backend process' '--image host' '--heartbeat 50' '--on-crash restart' '--pids 50'; do
	# shellcheck disable=SC2086 # words
	out=$(echo pingall | (marked "$BUILD/bonsai" --tree "$tree" $option) 2>&1)
	like "which it does not make: $option" "$? $out" "2 Error: --backend, .* up already: $tree .*"
done

echo '# its controller dies'
for signal in KILL SEGV; do
	controller=$(controller_of "$tree")
	kill -$signal "$controller"
	until_true is_gone "$controller"
	says 0 "(.*$nl)?$tree +no controller +- +-($nl.*)?" '' ls
	t 0 'OK: 6 8 43 50' '' pingall
	t 0 'OK: 8 time: [0-9]+' '' exec 8 time
done
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
t 0 "OK: the tree $tree has a controller again" '' up
# While a request is open.
(marked "$BUILD/bonsai" exec --tree "$tree" 43 -- sleep 1000) >"$scratch/open" 2>&1 </dev/null &
open=$!
is_running() { run exec --tree "$tree" 43 -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "' && [[ $out == *'sleep 1000'* ]]; }
check 'a program runs' until_true is_running
kill -KILL "$(controller_of "$tree")"
wait "$open"
is 'who waits is told that the controller died' "$? $(cat "$scratch/open")" \
	'3 Error: the controller ended: it died; what was asked may have happened or not, and the next command starts another'
t 0 'OK: 6 8 43 50' '' pingall
is_over() { run exec --tree "$tree" 43 -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "' && [[ $out != *'sleep 1000'* ]]; }
check 'and the program whose operator is gone is ended' until_true is_over

# Who has the turn may not have said who he is: the end of such a one would not be seen.
kill -KILL "$(controller_of "$tree")"
for number in '' 4194303; do
	until_true is_gone "$(cat "$folder/controller")"
	echo "$number" >"$folder/controller"
	exec {turn}<"$folder/controller"
	flock "$turn"
	(marked timeout "$limit_s" "$BUILD/bonsai" pingall --tree "$tree") >"$scratch/pinged" 2>&1 {turn}<&- </dev/null &
	pinger=$!
	sleep 0.1
	exec {turn}<&-
	wait "$pinger"
	is "a controller that had no number yet ($number) is not waited for" "$? $(cat "$scratch/pinged")" '0 OK: 6 8 43 50'
	kill -KILL "$(controller_of "$tree")"
done

echo '# what is stopped'
run up --tree "$tree-c"
(marked "$BUILD/bonsai" grow --tree "$tree-c" 3000) >"$scratch/grown" 2>&1 </dev/null &
grower=$!
begun() { run --json info --tree "$tree-c" && [[ $out == *'"nodes":'[1-9]* ]]; }
check 'a tree grows' until_true begun
kill -INT "$grower"
wait "$grower"
is 'stopped, it says how far it is' "$? $(sed 's/[0-9][0-9]*/N/g' "$scratch/grown")" '1 Error: stopped: N of N nodes were made'
run --json info --tree "$tree-c"
is 'and does not go on' "$(grep -o '"nodes":[0-9]*' <<<"$out" | tr -dc 0-9)" "$(sed -n 's/.*stopped: \([0-9]*\) of.*/\1/p' "$scratch/grown")"
root=$("$BUILD/bonsai" --json ps --tree "$tree-c" | sed -n 's/{"nodes":\[{"node":\([0-9]*\).*/\1/p')
t_c() { run "$1" --tree "$tree-c" "${@:2}"; }
t_c remove "$root"
is 'its root is removed' "$status" 0
t_c down
is 'and it goes down' "$status" 0

echo '# many at once'
for i in {1..8}; do
	(marked "$BUILD/bonsai" create --tree "$tree" $((1000 + 10 * i))..$((1009 + 10 * i))) >"$scratch/many.$i" 2>&1 </dev/null &
done
wait $(jobs -p)
is 'eight creating at once all get their answers' "$(cat "$scratch"/many.* | grep -c '^OK: ')" 80
run pingall --tree "$tree"
is 'and all are there' "$(wc -w <<<"$out")" 85

echo '# no other user gets in'
is "its folder is its user's alone" "$(stat -c '%a %u' "$folder")" "700 $uid"
if [ "$uid" = 0 ]; then
	check 'nobody sees no tree' setpriv --reuid 65534 --regid 65534 --clear-groups \
		sh -c '! ls "$1" 2>/dev/null' sh "$folder"
	check 'nobody connects to no socket' setpriv --reuid 65534 --regid 65534 --clear-groups \
		/usr/bin/python3 -c '
import socket, sys
try:
    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1] + "/launcher")
except PermissionError:
    sys.exit(0)
sys.exit(1)' "$folder"
fi

echo '# nor does the user by the launcher'"'"'s door'
for octets in 0 1 100 3000; do
	python3 -c '
import socket, sys
launcher = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
launcher.connect(sys.argv[1] + "/launcher")
if sys.argv[2] != "0": launcher.send(b"x" * int(sys.argv[2]))' "$folder" "$octets"
	t 0 'OK: [0-9 ]+' '' pingall
done

echo '# down, of a controller that does not answer'
run up --tree "$tree-d"
stopped=$(controller_of "$tree-d")
kill -STOP "$stopped"
says 124 '' "Error: no answer within 1 s; the tree $tree-d may go down yet" --timeout 1 down --tree "$tree-d"
# On a terminal it says what it waits for.
go_down() {
	: >"$scratch/run.out"
	(marked env TERM=dumb script -q -e -f -c "'$BUILD/bonsai' down --tree '$tree-d'" /dev/null) >"$scratch/run.out" 2>&1 </dev/null &
	downer=$!
	check 'it says that it waits' until_true grep -q 'taking the tree down, at most 60 s' "$scratch/run.out"
}
has_ended() { # NAME STATUS LAST_LINE
	wait "$downer"
	is "$1" "$? $(tail -n 1 "$scratch/run.out" | tr -d '\r')" "$2 $3"
}
for signal in INT TERM; do
	go_down
	kill -$signal "$(cli_pid ' down ')"
	has_ended "SIG$signal ends the waiting" $((128 + $(kill -l $signal))) \
		"Error: interrupted; the tree $tree-d may go down yet"
done
says 0 "(.*$nl)?$tree-d +not answering +- +$stopped($nl.*)?" '' --timeout 1 ls
# That it dies, and a new one is there for the tree that was not taken down.
go_down
kill -KILL "$stopped"
has_ended 'a controller that dies has taken nothing down' 3 \
	"Error: the controller died, and the tree $tree-d is still there"
says 0 "OK: the tree $tree-d is down, and nothing of it is left" '' down --tree "$tree-d"

echo '# down'
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
t 0 "OK: the tree $tree is down, and nothing of it is left" '' down
t 3 '' "Error: no tree named $tree is up" down
nothing_left 'nothing is left'

finish_tests
