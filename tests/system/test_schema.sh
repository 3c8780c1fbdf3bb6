#!/bin/bash
# docs/api.schema.json says what is said: a tree is driven through all of its life, by sub-commands and by the API, and
# each line that is printed is held against the schema.
. tests/lib/system.sh

tree=schema-$$
lines=$scratch/lines
errors=$scratch/errors

# said NAME STATUS WANTED DEF: keeps the lines of $scratch/out as DEF.
said() {
	is "$1" "$2" "$3"
	[ "$2" = "$3" ] || sed 's/^/# /' "$scratch/out" "$errors"
	[ -s "$scratch/out" ] || not_ok "$1: something is printed" "$(cat "$errors")"
	sed "s/^/$4\t/" "$scratch/out" >>"$lines"
}

# bonsai DEF STATUS SUB-COMMAND ARG...
bonsai() {
	local def=$1 wanted=$2 sub=$3
	shift 3
	(marked "$BUILD/bonsai" "$sub" --tree "$tree" --json "$@") >"$scratch/out" 2>"$errors" </dev/null
	said "$sub $*" $? "$wanted" "$def"
}

# api CMD MEMBERS: by the API itself; request and answers are kept.
api() {
	local request="{\"id\":7,\"cmd\":\"$1\"${2:+,$2}}"
	printf 'request.%s\t%s\n' "$1" "$request" >>"$lines"
	# What a program prints comes in frames that are no JSON.
	"$BUILD/tests/lib/apicall" "$dir" "$request" 2>"$errors" | grep '^{' >"$scratch/out"
	said "$request" "${PIPESTATUS[0]}" 0 "answer.$1"
}

up() { # ARG...
	bonsai tree 0 up "$@"
	like 'it is up' "$(cat "$scratch/out")" '\{"tree":"'"$tree"'","state":"up",.*"nodes":0,"pid":[0-9]+\}'
	dir=$("$BUILD/bonsai" --json ls | sed -n "s|.*\"tree\":\"$tree\".*\"path\":\"\([^\"]*\)\".*|\1|p")
}

# A round, of which there is none without nodes, tells that it has subscribed.
watch_events() {
	: >"$scratch/events"
	(marked "$BUILD/bonsai" events --tree "$tree" --json -f) >"$scratch/events" 2>/dev/null </dev/null &
	watcher=$!
	told 'events are told' round
}

# told NAME EVENT [COUNT]: so many are.
told() {
	is_told() { [ "$(grep -c "\"event\":\"$1\"" "$scratch/events")" -ge "$2" ]; }
	check "$1" until_true is_told "$2" "${3:-1}"
}

over() {
	until_true is_gone "$watcher" || kill "$watcher"
	wait "$watcher" 2>/dev/null
	# The last line may be half a one, should it have been killed.
	sed -n 's/^{"event":"\([a-z_]*\)".*}$/event.\1\t&/p' "$scratch/events" >>"$lines"
}

info() { "$BUILD/bonsai" --json info --tree "$tree" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
pid_of() { "$BUILD/bonsai" --json ps --tree "$tree" | sed -n "s/.*\"node\":$1,[^}]*\"pid\":\([0-9]*\).*/\1/p"; }

echo '# by sub-commands'
up --heartbeat 200 --on-crash restart
bonsai answer.grow 0 grow 7
watch_events
bonsai answer.grow 1 grow 7
bonsai answer.create 0 create 20 30..32
bonsai answer.create 1 create 20 33
bonsai answer.remove 0 remove 33 20
bonsai answer.remove 1 remove 20
bonsai rounds 0 heartbeat off
bonsai version 0 version
for sub in ps tree; do bonsai answer.nodes 0 $sub; done
bonsai answer.ping 0 pingall
bonsai answer.info 0 info
bonsai answer.heartbeat 0 heartbeat 60
bonsai answer.stats 0 stats 7
bonsai answer.stats 1 stats 99
bonsai answer.exec 3 exec 7 -- sh -c 'echo out; printf "\\377" >&2; exit 3'
bonsai answer.exec 127 exec 7 -- no-such-program
bonsai answer.exec 1 exec 6,7,99 -- hostname
bonsai answer.exec 0 exec -d 7 -- sh -c 'echo well; exec sleep 1000'
bonsai answer.logs 0 logs 7
bonsai answer.logs 1 logs 6
bonsai inspected 0 inspect 7
for op in start time stop; do bonsai answer.timer 0 exec 7 $op; done
bonsai answer.timer 1 exec 99 start
bonsai answer.set 0 set 7 --disk 2M
bonsai answer.set 1 set 99 --disk 2M
bonsai answer.set_tree 0 set tree --disk 4M
bonsai answer.set_tree 1 set tree --nofile 1073741824
bonsai answer.info 0 info
bonsai inspected 0 inspect 7
if "$BUILD/bonsai" doctor --json | grep -q '"name":"memory controller","for":"limits","state":"ok"'; then
	bonsai answer.create 0 create 34 --memory 16M --pids 32 --cpus 0.1
	bonsai inspected 0 inspect 34
	bonsai answer.exec 137 exec 34 -- tail /dev/zero
	told 'out of memory' oom
	bonsai answer.remove 0 remove 34
else
	export NOT_HERE=event.oom
	bonsai answer.create 1 create 34 --memory 16M
fi
address=$("$BUILD/bonsai" --json inspect --tree "$tree" 5 | sed -n 's/.*"parent":"\([0-9.]*\)".*/\1/p')
"$BUILD/bonsai" exec -i --tree "$tree" 5 -- python3 - flood "$address" connect 1 <tests/lib/intruder.py >/dev/null
told 'an intrusion' intrusion
bonsai answer.freeze 0 freeze 6
told 'frozen' frozen
bonsai answer.freeze 1 freeze 6
bonsai answer.nodes 0 ps
bonsai answer.ping 0 pingall
bonsai answer.thaw 0 thaw 6
told 'thawed' thawed
bonsai answer.thaw 1 thaw 6
bonsai answer.signal 1 kill 99
bonsai answer.signal 0 kill 7 STOP
told 'unavailable' unavailable
bonsai answer.signal 0 kill 7 CONT
told 'back' back
bonsai tree 0 ls
for round in {1..5}; do
	bonsai answer.signal 0 kill 5
	told 'restarted' restarted "$round"
done
bonsai answer.signal 0 kill 5
told 'not restarted' not_restarted
bonsai answer.timer 1 exec 5 time
"$BUILD/bonsai" audit --tree "$tree" --json 7 | grep -o '{[^}]*}' >"$scratch/out"
said 'audit 7' "${PIPESTATUS[0]}" 0 audit

echo '# by the API'
api create '"ids":[40,[41,42]]'
api remove '"ids":[[41,42]]'
api create '"ids":[43],"limits":{"disk_bytes":1048576},"capabilities":["CAP_NET_RAW"]'
api set '"node":43,"limits":{"disk_bytes":null}'
api set_tree '"limits":{"disk_bytes":null}'
api grow '"count":2'
api ping
api timer '"node":7,"op":"time"'
api exec '"node":7,"argv":["sh","-c","echo out; echo err >&2; exit 3"]'
api exec '"node":7,"argv":["sh","-c","kill -9 $$"]'
api exec '"node":7,"argv":["no-such-program"]'
api exec '"node":99,"argv":["true"]'
api exec '"node":7,"argv":["cat"],"env":["A=B"],"dir":"/","input":false'
api exec '"node":7,"argv":["true"],"detach":true'
api programs '"node":7'
api programs '"node":99'
api logs '"node":7'
api logs '"node":7,"program":99999,"from":0'
api inspect '"node":7'
api inspect '"node":99'
api nodes '"usage":true'
api nodes '"beats":true'
api heartbeat '"ms":50'
api stats '"node":7'
api nodes
api info
api events '"since":0'
api signal '"node":7,"signal":18'
api freeze '"node":7'
api thaw '"node":7'
# They are not answered: one that is, after them, ends the waiting.
for request in '{"id":7,"cmd":"credit","chunks":1}' '{"id":7,"cmd":"cancel"}' '{"id":7,"cmd":"input"}' \
	'{"id":7,"cmd":"exec_signal","signal":2}' '{"id":7,"cmd":"resize","rows":24,"columns":80}'; do
	cmd=${request#*cmd\":\"}
	printf 'request.%s\t%s\n' "${cmd%%\"*}" "$request" >>"$lines"
	"$BUILD/tests/lib/apicall" "$dir" "$request" '{"id":8,"cmd":"info"}' >"$scratch/out"
	said "$request" $? 0 answer.info
done

echo '# what is none'
for request in '[]' 'nonsense' '{"id":7}' '{"id":-1,"cmd":"ping"}' '{"id":7,"cmd":"nonsense"}' '{"id":7,"cmd":"ping","surplus":1}' \
	'{"id":7,"cmd":"grow","count":"many"}' '{"id":7,"cmd":"create","ids":[]}'; do
	"$BUILD/tests/lib/apicall" "$dir" "$request" >"$scratch/out"
	said "$request" $? 0 refused
done

# wrong SENTENCE FRAME...: what such a request is answered.
wrong() {
	"$BUILD/tests/lib/apicall" "$dir" "${@:2}" >"$scratch/out"
	is "${*:2}" "$(cat "$scratch/out")" "{\"error\":\"$1\",\"code\":\"invalid\",\"id\":7}"
	sed 's/^/refused\t/' "$scratch/out" >>"$lines"
}
wrong 'count must be a whole number' '{"id":7,"cmd":"grow","count":"many"}'
wrong 'count is missing' '{"id":7,"cmd":"grow"}'
wrong 'progress must be true or false' '{"id":7,"cmd":"grow","count":2,"progress":1}'
wrong 'node is missing' '{"id":7,"cmd":"timer"}'
wrong 'op must be a string' '{"id":7,"cmd":"timer","node":7,"op":null}'
wrong 'no such member: argv' '{"id":7,"cmd":"stats","node":7,"argv":[]}'
wrong 'ids is missing' '{"id":7,"cmd":"remove"}'
wrong 'terminal: rows is missing' '{"id":7,"cmd":"exec","node":7,"argv":["ls"],"terminal":{}}'
wrong 'terminal: it must be an object' '{"id":7,"cmd":"exec","node":7,"argv":["ls"],"terminal":7}'
wrong 'limits is missing' '{"id":7,"cmd":"set_tree"}'
wrong 'usage must be true or false' '{"id":7,"cmd":"nodes","usage":7}'
wrong 'since is missing' '{"id":7,"cmd":"events"}'
wrong 'ms is missing' '{"id":7,"cmd":"heartbeat"}'
wrong 'a request is one frame, or two' '+{"id":7,"cmd":"ping"}' '+' '-'

# fails CODE FRAME: a program tells such an error by its code.
fails() {
	"$BUILD/tests/lib/apicall" "$dir" "$2" >"$scratch/out"
	like "$2" "$(grep -F '"error"' "$scratch/out")" ".*\"code\":\"$1\".*"
}
fails unsupported '{"id":7,"cmd":"nonsense"}'
fails not_found '{"id":7,"cmd":"timer","node":99,"op":"time"}'
fails not_found '{"id":7,"cmd":"remove","ids":[99]}'
fails exists '{"id":7,"cmd":"create","ids":[7]}'
fails not_found '{"id":7,"cmd":"exec","node":7,"argv":["/no/such/program"]}'
fails refused '{"id":7,"cmd":"exec","node":7,"argv":["/"]}'
api freeze '"node":7'
fails unavailable '{"id":7,"cmd":"timer","node":7,"op":"time"}'
fails unavailable '{"id":7,"cmd":"create","ids":[1000000]}'
api thaw '"node":7'

echo '# images, which no controller knows'
export BONSAI_IMAGES=$scratch/images
for sub in "import one $PWD/tests/lib" 'inspect one' ls; do
	# shellcheck disable=SC2086 # words
	(marked "$BUILD/bonsai" --json image $sub) >"$scratch/out" 2>"$errors" </dev/null
	said "image $sub" $? 0 image
done
(marked "$BUILD/bonsai" --json image rm one) >"$scratch/out" 2>"$errors" </dev/null
said 'image rm' $? 0 image_removed

echo '# another controller, and the end'
controller=$(info pid)
kill -KILL "$controller"
until_true is_gone "$controller"
over
is 'ls of a tree without a controller' "$(marked "$BUILD/bonsai" ls --json | grep -c "\"tree\":\"$tree\",\"state\":\"no controller\"")" 1
bonsai tree 0 ls
bonsai answer.ping 0 pingall
api events '"since":0'
grep -o '{"event":"attached"[^}]*}' "$scratch/out" | sed 's/^/event.attached\t/' >>"$lines"
bonsai tree 0 down
like 'it is down' "$(cat "$scratch/out")" '\{"tree":"'"$tree"'","state":"down",.*"nodes":null,"pid":null\}'

echo '# a tree of another kind'
up --heartbeat 200 --on-crash destroy --backend process
api grow '"count":60,"progress":true'
like 'its progress is told' "$(head -n 1 "$scratch/out")" '.*"done":[0-9]+,"count":60,.*"more":true.*'
watch_events
bonsai answer.signal 0 kill 1
told 'destroyed' destroyed
api shutdown
over

while IFS= read -r line; do
	case $line in
	'ok - '*) ok "${line#ok - }" ;;
	'not ok - '*) not_ok "${line#not ok - }" ;;
	*) echo "$line" ;;
	esac
	last=$line
done < <(/usr/bin/python3 tests/lib/validate.py "$lines" 2>&1)
like 'the validator came to its end' "${last:-}" '(not )?ok - bonsai-api\(7\) has the same events'
nothing_left 'nothing is left'
finish_tests
