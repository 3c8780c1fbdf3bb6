#!/bin/bash
# Bad input and bad circumstances: one clear error each, the tree untouched, and a status that is not 0 where
# the program must end.
. tests/lib/system.sh

# refused LINE REGEX: answered by one line, an error, and the tree is as it was.
refused() {
	send "$1" pingall
	local shown=${1//$'\n'/, }
	expect "refused: ${shown:0:60}" "Error: $2" 'OK: 6 (3 8|8 3)'
}

# will_not_start NAME STATUS REGEX [ARG...]: ends with one line on standard error and none on standard output.
will_not_start() {
	local name=$1 status=$2 regex=$3
	shift 3
	start "$@"
	ended "$name: the status" "$status"
	like "$name: one clear line" "$(cat "$errors")" "$regex"
	is "$name: no answer" "$(cat <&"$from")" ''
	nothing_left "$name: nothing is left"
}

works() { # NAME
	start
	create 6 3
	try pingall 'OK: 6 3'
	send exit
	ended "$1" 0
	nothing_left "$1: nothing is left"
}

words_and_numbers() {
	refused 'frobnicate' 'Unknown command: frobnicate.*'
	refused 'pingal' 'Unknown command: pingal.*pingall.*'
	refused 'CREATE 9' 'Unknown command: CREATE.*'
	refused 'rm 9' 'Unknown command: rm; did you mean remove\?'
	refused 'shell 9' 'Unknown command: shell; did you mean bonsai enter, on the command line\?'
	for command in create remove exec grow stats 'exec 3' 'pingall 1' \
		'heartbeat 50 50' 'exit now' 'menu x y' 'grow 1 2' 'grow 1 2 3'; do
		refused "$command" 'usage: .*'
	done
	refused 'menu x' 'no such command: x'
	refused 'exec 3 --' 'which program\? .*'
	for command in 'exec 3 fly' 'exec 3 start now' 'exec 3 ls' 'exec --all ls'; do
		refused "$command" 'put -- before the program.*'
	done
	refused 'exec 1 2 3 -- ls' 'write several ids as one word.*'
	refused 'exec --all 3 -- ls' '--all takes no ids'
	refused 'exec -- ls' 'in which nodes\? .*'
	refused 'exec 3 ls -la' 'unknown option \(a program and its options go after --\): -l'
	refused 'exec -iz 3 -- ls' 'unknown option: -z'
	refused 'enter 3' 'enter is for the command line: bonsai enter'
	refused 'down' 'down is for the command line: bonsai down'
	refused 'create 9,x' 'not a node id: x.*'
	for id in -1 2147483648 99999999999999999999 x 3x 0x10 1.5 1e3 +1 5..3 1.. ..5 1..x 1..-2 0..2147483647 --; do
		refused "create $id" '(not a (range of )?node ids?|too many node ids): .*'
		refused "remove $id" '(not a (range of )?node ids?|too many node ids): .*'
	done
	refused 'create 9 10 x' 'not a node id: x.*'
	refused 'exec x start' 'not a node id: x.*'
	refused 'exec -3 -- true' 'unknown option: -3'
	refused 'exec 3,,5 -- true' 'not a node id:  .*'
	refused 'exec 3,x -- true' 'not a node id: x .*'
	refused 'exec 9..3 -- true' 'not a range of node ids: 9..3 .*'
	refused 'exec 1..200000 -- true' 'too many node ids: .*'
	refused 'exec -e =x 3 -- true' 'not NAME=VALUE: =x'
	refused 'exec -e x 3 -- true' 'not NAME=VALUE: x'
	refused 'exec -w rel 3 -- true' 'not an absolute path: rel'
	refused 'exec -w /nowhere 3 -- true' 'folder /nowhere: No such file or directory'
	refused 'exec -t 3 -- true' 'standard input is no terminal.*'
	refused 'exec -t -d 3 -- true' 'what is detached has no terminal'
	refused 'exec --all' 'usage: .*'
	refused 'exec --detahc 3 -- true' 'unknown option: --detahc; did you mean --detach\?'
	refused 'exec --flying 3 -- true' 'unknown option: --flying'
	refused 'exec -e' 'usage: .*'
	refused 'exec 3 -e' 'option needs an argument: -e'
	refused 'logs 3' 'no detached program was started'
	refused 'logs 3 5' 'no detached program of that number'
	refused 'logs 3 -z' 'unknown option: -z'
	refused 'logs 3 x' 'not the number of a program: x'
	refused 'logs 99' 'Not found'
	refused 'stats 3.0' 'not a node id: .*'
	refused 'create 3' 'Already exists'
	refused 'remove 99' 'Not found'
	refused 'exec 99 start' 'Not found'
	for time in 0 -5 9 86400000 3600001 soon 1s; do
		refused "heartbeat $time" 'heartbeat takes .*'
	done
	refused $'heartbeat\nnever' 'heartbeat takes .*'
	refused $'heartbeat\n100 200' 'heartbeat takes .*'
	for count in 0 -1 x 100001 1000000000000; do
		refused "grow $count" 'grow takes .*'
	done
	refused "exec 3 -- echo 'a" ".*not closed"
	refused 'exec 3 -- echo "a' '.*not closed'
	refused 'exec 3 -- echo a\' '.*backslash.*'
}

octets() {
	head -c 1000000 /dev/zero | tr '\0' x >&"$to"
	refused '' 'line too long.*'
	head -c 66000 /dev/zero | tr '\0' ' ' >&"$to"
	refused 'create 9' 'line too long.*'
	printf 'create \0 9\n' >&"$to"
	expect 'a NUL byte' 'Error: .*NUL.*'
	printf '\0\n' >&"$to"
	expect 'a NUL byte alone' 'Error: .*NUL.*'
	local bad
	for bad in '\xff' '\xc0\x80' '\xed\xa0\x80' '\xf5\x80\x80\x80' 'a\xe2\x82'; do
		printf "create $bad\n" >&"$to"
		expect "invalid UTF-8: $bad" 'Error: .*UTF-8.*'
	done
	refused $'create \e[31m' 'not a node id: \?\[31m.*'
	send 'exec 3 -- echo grün €'
	expect 'valid UTF-8 is as good as any' 'grün €'
	send "exec 3 -- echo $(head -c 65000 /dev/zero | tr '\0' a)"
	expect 'a long argument' 'a{1,}'
	is 'all of it' "${#line}" 65000
	# Each octet is six in the request.
	send "exec 3 -- echo $(head -c 65000 /dev/zero | tr '\0' '\1')"
	expect 'a long argument that is longer in the request' 'Error: .*'
	send "exec 3 -- $(head -c 60000 /dev/zero | tr '\0' /)x"
	expect 'a long name' 'Error: //.*: File name too long' 'Exit: 126'
}

programs() {
	send 'exec 3 -- no-such-program'
	expect 'no such program' 'Error: no-such-program: No such file or directory' 'Exit: 127'
	send 'exec 3 -- /etc/passwd'
	expect 'not executable' 'Error: /etc/passwd: Permission denied' 'Exit: 126'
	send 'exec 3 -- /usr'
	expect 'a folder' 'Error: /usr: .*' 'Exit: 126'
	send 'exec 3 -- ""'
	expect 'an empty name' 'Error: .*' 'Exit: 127'
}

high_water_kb() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }

# 100 MB through three hops, the reader slow: right at the other end, and nobody hoards it.
flood() {
	local octets=104857599 limit_kb=40000 daemon who
	sanitized && limit_kb=400000 # shadow and quarantine
	daemon=$(child_of "$pid")
	send "exec 3 -- sh -c 'yes bonsai | head -c $octets'"
	sleep 1
	is 'a program prints 100 MB: all of them come' "$(head -c "$octets" <&"$from" | md5sum)" \
		"$(yes bonsai 2>/dev/null | head -c "$octets" | md5sum)"
	try pingall 'OK: 6 (3 8|8 3)'
	for who in "bonsai $pid" "bonsaid $daemon" "agent ${node_pid[3]}" "agent ${node_pid[6]}"; do
		check "$who keeps little of it" [ "$(high_water_kb "${who#* }")" -lt "$limit_kb" ]
		echo "# $who: at most $(high_water_kb "${who#* }") kB"
	done
}

# Ends at its limit of processes, and takes nothing from others.
forks_in_a_loop() {
	send "exec 3 -- sh -c 'while :; do sleep 10000 & done'"
	expect 'a program forks in a loop: it ends' 'Exit: [0-9]+'
	like 'at the limit' "$(tail -n 1 "$errors")" '.*[Cc]annot fork.*'
	try 'exec 3 time' 'OK: 3 time: 0'
	try 'exec 8 -- echo well' 'well'
	try pingall 'OK: 6 (3 8|8 3)'
	try 'remove 3' 'OK'
	try 'create 3' 'OK: [0-9]+'
	try 'exec 3 -- echo well' 'well'
}

start
create 6 3 8
words_and_numbers
octets
programs
flood
forks_in_a_loop
printf pingall >&"$to"
exec {to}>&-
to=
expect 'a last line without an end is a line' 'OK: 6 (3 8|8 3)'
ended 'errors of commands are no errors of the program' 0
nothing_left 'nothing is left'

will_not_start 'an unknown option' 2 'Error: unknown option: .*' --frob
will_not_start 'an unknown backend' 2 'Error: unknown backend.*' --backend lxd
will_not_start 'an option without its argument' 2 'Error: option needs an argument.*' --backend
will_not_start 'an unknown word' 2 'Error: unknown sub-command.*' frob

# In namespaces of its own, where such things can be taken away from it.
wrapper=(unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh)
if unshare -Ur true 2>/dev/null; then
	will_not_start 'user namespaces are forbidden' 3 'Error: .*sysctl -w user.max_user_namespaces=[0-9]+'
	wrapper[4]='echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"'
	will_not_start 'network namespaces are forbidden' 3 'Error: .*sysctl -w user.max_net_namespaces=[0-9]+'

	# The folder of the programs may lie in /tmp itself.
	wrapper=(unshare -Urm sh -c 'mount --bind "$BUILD" /mnt && mount -t tmpfs -o size=4k,mode=1777 full /tmp &&
		mount -t tmpfs -o size=4k,mode=555 full /run && { head -c 4096 /dev/zero >/tmp/full; head -c 4096 /dev/zero >/run/full
		shift; exec /mnt/bonsai "$@"; }' sh)
	export BUILD
	works '0 bytes of /tmp'
	wrapper[4]=${wrapper[4]//size=4k/nr_inodes=2}
	will_not_start 'no inode in /tmp' 3 'Error: .*/tmp/bonsai-.*No space left on device'
else
	skip 'in namespaces of its own' 'unshare -Ur is refused here'
fi

limited='ulimit -n 64 && exec "$@"'
wrapper=(bash -c "$limited" bash)
will_not_start 'at most 64 files' 3 'Error: at most 64 files .*ulimit -n'
# Not by way of a file for standard error: none can be written.
is 'no file can be written' "$(bash -c 'ulimit -f 0; exec "$BUILD/bonsai" --tree of-no-use up' 2>&1; echo "$?")" \
	$'Error: at most 0 bytes may be written to a file, but 1048576 are needed: raise it with ulimit -f\n3'
# as_many_as_fit NAME CAUSE: of 100 nodes some are made, for the rest there are errors.
as_many_as_fit() {
	local good=0 bad=0
	start
	send 'create 1..100'
	for _ in {1..100}; do
		read_line || die "$1" "$good were created, $bad not"
		case $line in
		'OK: '*) good=$((good + 1)) ;;
		'Error: '*": $2" | 'Error: '*': Parent is unavailable') bad=$((bad + 1)) ;;
		*) not_ok "$1: a clear error" "got: $line" ;;
		esac
	done
	check "$1: some nodes, and errors for the rest" [ $good -gt 5 -a $bad -gt 5 -a $((good + bad)) = 100 ]
	echo "# $good were created"
	try pingall 'OK:( [0-9]+)+'
	is 'those that were created answer' "$(wc -w <<<"${line#OK: }")" "$good"
	# Which takes a process.
	[[ $2 != *files ]] || try 'exec 1 -- echo well' well
	bye
}
wrapper=(bash -c "${limited/64/160}" bash)
as_many_as_fit 'at most 160 files' 'Too many open files'
start
try 'grow 100' 'Error: [0-9]+ of 100 nodes failed; first: create node [0-9]+: .*Too many open files'
bye
# Root is bound by no such limit, and LeakSanitizer wants one more process.
if [ "$uid" != 0 ] && ! sanitized && unshare -Uc true 2>/dev/null; then
	wrapper=(unshare -Uc prlimit --nproc=60) # where none but its own are counted
	as_many_as_fit 'at most 60 processes' 'no more processes and threads may be started: raise it with ulimit -u'
fi
wrapper=()

XDG_RUNTIME_DIR=$scratch/$(printf '%0120d' 0)
mkdir "$XDG_RUNTIME_DIR"
export XDG_RUNTIME_DIR
works 'a long XDG_RUNTIME_DIR'
XDG_RUNTIME_DIR=/proc works 'an XDG_RUNTIME_DIR that is not to be written to'
XDG_RUNTIME_DIR=not/absolute works 'an XDG_RUNTIME_DIR that is no absolute path'
XDG_RUNTIME_DIR=$scratch works 'an XDG_RUNTIME_DIR'
unset XDG_RUNTIME_DIR
if [ "$uid" != 0 ] && mkdir -m 755 "/tmp/bonsai-$uid" 2>/dev/null; then
	start
	ended "somebody else's folder: the status" 3
	like "somebody else's folder: one clear line" "$(cat "$errors")" "Error: the folder /tmp/bonsai-$uid is not ours alone.*"
	rmdir "/tmp/bonsai-$uid"
fi

mkdir "$scratch/alone"
cp "$BUILD/bonsai" "$scratch/alone"
program=$scratch/alone/bonsai
will_not_start 'without bonsaid' 3 'Error: cannot run the controller, bonsaid: (No such file or directory|Permission denied)'
cp "$BUILD/bonsaid" "$scratch/alone"
will_not_start 'without bonsai-node' 3 "Error: open the agent $scratch/alone/bonsai-node: .*" --backend process
works 'without bonsai-node, which this backend does not need'
printf '#!/bin/sh\nexit 9\n' >"$scratch/alone/bonsaid"
will_not_start 'a controller that ends at once' 3 'Error: the controller ended before it served: exited with status 9'
# The sanitizers' own library wants to be the first.
if ! sanitized; then
	program=$BUILD/bonsai wrapper=(env LD_PRELOAD="$BUILD/tests/system/without_ipc.so")
	will_not_start 'a libzmq without ipc' 3 "Error: this libzmq was built without ipc: .*"
fi
finish_tests
