#!/bin/bash
# What programs expect to find around them, in a node as in a container of other engines: sockets, names, signals.
. tests/lib/system.sh
. tests/lib/tree.sh programs
export BONSAI_TREE=$tree

# in_node NAME WANTED COMMAND...: node 8 prints that, status 0.
in_node() {
	local name=$1 wanted=$2
	shift 2
	run exec 8 -- "$@"
	like "$name" "$status $out$err" "0 $wanted"
}

says 0 'OK: the tree .*' '' up --backend "${BACKEND:-ns}"
says 0 'OK: [0-9]+(.OK: [0-9]+){2}' '' create 8 4 12
up=$("$BUILD/bonsai" --json inspect 4 | sed -n 's/.*"parent":"\([0-9.]*\)".*/\1/p')

echo '# the network'
run exec 4 -- ping -c 1 -W 10 "$up"
like 'ping reaches the parent' "$status $out" $'0 (.*\n)*1 packets transmitted, 1 received.*(\n.*)*'
run exec 8 -- ping -c 1 -W 10 "${up%.*}.$((${up##*.} + 1))"
like 'and the child' "$status $out" $'0 (.*\n)*1 packets transmitted, 1 received.*(\n.*)*'
run enter 4 ping -c 1 -W 10 "$up"
like 'and from within enter' "$status $out" $'0 (.*\n)*1 packets transmitted, 1 received.*(\n.*)*'
in_node 'ss shows the sockets' $'(.*\n)*ESTAB .*:1 .*:1 *(\n.*)*' ss -Htn
in_node 'port 80 can be listened at' 80 python3 -c '
import socket
s = socket.socket()
s.bind(("", 80))
print(s.getsockname()[1])'

echo '# names'
in_node 'a node knows its name' 'n8' hostname
in_node 'and its full name' 'n8.bonsai' hostname -f
in_node 'which is an address of its own' '127.0.1.1' python3 -c '
import socket
print(socket.gethostbyname(socket.gethostname()))'
in_node 'localhost is IPv6 as well' '::1 .*' getent hosts ip6-localhost
in_node '/etc/hostname has the name' 'n8' cat /etc/hostname
in_node '/etc/mtab leads to the mounts' '.* / .*' grep ' / ' /etc/mtab
if [ -e /etc/services ]; then in_node 'services have names' 'http +80/tcp.*' getent services http; fi
if [ -e /usr/lib/os-release ]; then in_node 'the system has one' 'ID=.*' grep ^ID= /etc/os-release; fi
run exec 4 -- hostname -f
is 'another node has another' "$out" n4.bonsai

echo '# signals'
none='SigBlk:.0+ SigIgn:.0+'
signals='grep -E "^Sig(Blk|Ign)" /proc/self/status'
# script(1) types a NUL when it has no input, which a terminal may show as ^@.
flat() { tr '\n' ' ' | tr -d '\r\000' | sed 's/\^@//g; s/ $//'; }
like 'a program starts with none ignored' "$("$BUILD/bonsai" exec 8 -- sh -c "$signals" | flat)" "$none"
like 'with a terminal too' "$(script -qec "'$BUILD/bonsai' exec -t 8 -- grep -E '^Sig(Blk|Ign)' /proc/self/status" /dev/null </dev/null | flat)" "$none"
says 0 'OK.*' '' exec -d 8 -- sh -c "$signals"
has_logs() { "$BUILD/bonsai" logs 8 | grep -q SigIgn; }
until_true has_logs
like 'and a detached one' "$("$BUILD/bonsai" logs 8 | flat)" "$none"
like 'and one that enters' "$("$BUILD/bonsai" enter 8 sh -c "$signals" | flat)" "$none"

echo '# a program that stops its siblings does not stop the agent'
says 0 'OK' '' heartbeat 100
says 0 'OK.*' '' exec -d 12 -- python3 -c '
import os, signal, time
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        os.kill(-1, signal.SIGSTOP)
    except ProcessLookupError:
        pass'
# Whether one is stopped before it is executed or after is chance; the agent answers in between.
for i in {1..30}; do
	"$BUILD/bonsai" exec -d 12 -- true >/dev/null 2>"$scratch/stopped"
	out=$("$BUILD/bonsai" exec 12 time 2>&1)
	[[ $out =~ ^'OK: 12 time: '[0-9]+$ ]] || break
done
like 'its timer answers' "$out" 'OK: 12 time: [0-9]+'
is 'nobody missed it' "$("$BUILD/bonsai" --json events --since 0 | grep -c '"event":"unavailable","node":12')" 0
says 0 OK '' remove 12
says 0 'OK: the tree .*' '' down
nothing_left 'nothing is left'
finish_tests
