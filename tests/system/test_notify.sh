#!/bin/bash
# What bonsaid tells a service manager (Type=notify), and when.
. tests/lib/system.sh

name=notify-$$

# listen ADDRESS: what is told there can be read from $told.
listen() {
	mkfifo "$scratch/told.$((++listeners))"
	(marked /usr/bin/python3 tests/system/notify_listener.py "$1") >"$scratch/told.$listeners" 2>"$scratch/listener" &
	exec {told}<"$scratch/told.$listeners"
	address=$1
	hears 'a manager listens' listening
}

# hears NAME REGEX: that is the next thing told.
hears() {
	line=
	IFS= read -r -t "$limit_s" -u "$told" line || die "$1" 'nothing was told' "$(cat "$scratch/listener" "$scratch/errors")"
	like "$1" "$line" "$2"
}

# serve [ARG...]: a controller with $address for its manager.
serve() {
	(NOTIFY_SOCKET=$address marked ${wrapper[@]+"${wrapper[@]}"} "$BUILD/bonsaid" --tree "$name" "$@") >"$scratch/out" 2>"$scratch/errors" </dev/null &
	controller=$!
}

# ends NAME STATUS: the controller does.
ends() {
	until_true is_gone "$controller" || die "$1" 'it did not end'
	wait "$controller" 2>/dev/null
	is "$1" $? "$2"
}

info() { "$BUILD/bonsai" --json info --tree "$name" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

serves='READY=1; STATUS=Serves /.*'"/$name; served"
listeners=0
for address in "$scratch/manager" "@bonsai-test-$$"; do
	echo "# at ${address:0:1}"
	listen "$address"
	serve
	hears 'READY=1 comes when the API answers' "$serves"
	if [ -r "/proc/$(info launcher)/environ" ]; then
		check 'it is not handed on' sh -c '! tr "\0" "\n" <"$1" | grep -q ^NOTIFY_SOCKET=' sh \
			"/proc/$(info launcher)/environ"
	fi
	kill -TERM "$controller"
	hears 'STOPPING=1 comes at its end' 'STOPPING=1; STATUS=ended by signal 15'
	ends 'which is an orderly one' 0
done

# The sanitizers' own library wants to be the first.
if ! sanitized; then
	echo '# what is there when READY=1 is about to be sent'
	wrapper=(env LD_PRELOAD="$BUILD/tests/system/stop_at_ready.so")
	serve
	wrapper=()
	is_stopped() { [[ $(cat "/proc/$controller/stat") == *') T '* ]]; }
	check 'it is about to send it' until_true is_stopped
	check 'the API takes connections' /usr/bin/python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(sys.argv[1] + "/api")' "$(sed -n 's/^OK //p' "$scratch/out")"
	kill -CONT "$controller"
	hears 'it comes' "$serves"
	kill -TERM "$controller"
	hears 'and its end' 'STOPPING=1; .*'
	ends 'which is an orderly one' 0
fi

echo '# a controller that takes a tree over'
serve
hears 'the first one serves' "$serves"
like 'a node' "$("$BUILD/bonsai" create --tree "$name" 1)" 'OK: [0-9]+'
kill -KILL "$controller"
ends 'it is killed' 137
serve
hears 'the next one tells nothing else' "$serves"
is 'and has the tree' "$("$BUILD/bonsai" pingall --tree "$name")" 'OK: 1'
kill -KILL "$(info launcher)"
hears 'an end by a fault is told, and why' 'STOPPING=1; STATUS=.*launcher.*'
ends 'and is a failure' 1

echo '# who was started by another than the manager says nothing to it'
(NOTIFY_SOCKET=$address marked "$BUILD/bonsai" up --tree "$name" --backend process) >"$scratch/out" 2>&1
is 'up' "$(cat "$scratch/out")" "OK: the tree $name is up"
for id in 2 3; do like 'a node' "$("$BUILD/bonsai" create --tree "$name" $id)" 'OK: [0-9]+'; done
pid=$("$BUILD/bonsai" --json ps --tree "$name" | sed -n 's/.*"node":3,[^}]*"pid":\([0-9]*\).*/\1/p')
check 'and no node has its address' sh -c '! tr "\0" "\n" <"$1" | grep -q ^NOTIFY_SOCKET=' sh "/proc/$pid/environ"
"$BUILD/bonsai" down --quiet --tree "$name"
serve --backend process
hears 'the next thing told is from the next in the foreground' "$serves"
kill -TERM "$controller"
hears 'and its end' 'STOPPING=1; .*'
ends 'which is an orderly one' 0

echo '# no such manager'
refused() { # ADDRESS ERROR
	address=$1
	serve
	ends "NOTIFY_SOCKET=${1:0:20} is an error" 1
	is 'that says so' "$(cat "$scratch/errors")" \
		"Error: reach the service manager at NOTIFY_SOCKET=$1: $2"
}
refused "$scratch/nobody" 'No such file or directory'
refused "@bonsai-nobody-$$" 'Connection refused'
refused vsock:2:1234 'Address family not supported by protocol'
refused "/$(printf 'x%.0s' {1..150})" 'File name too long'

exec {told}<&-
kill $(jobs -p)
wait
nothing_left 'nothing is left'

finish_tests
