#!/bin/bash
# bonsai audit: nothing is found in nodes as they are made, with programs in them, frozen, or with an image; and what is not
# as it should be is found: a program that was given something of the host, and nodes without isolation.
. tests/lib/system.sh
. tests/lib/tree.sh audit

export BONSAI_IMAGES=$scratch/images
b() { (marked "$BUILD/bonsai" "$1" --tree "$tree" "${@:2}"); }
states() { b audit "$1" | sed 's/^\([a-z?]*\) *\([a-z_]*\) .*/\2:\1/' | paste -sd' '; }
all_ok=$'(ok +[a-z_]+ +.*\n?){13}'

echo '# nodes as they are'
t 0 'OK:.*' '' up
t 0 'OK: 3 nodes in .*' '' grow 3
t 0 "$all_ok" '' audit 1
t 0 'OK: 2 program [0-9]+' '' exec -d 2 -- sleep 1000
t 0 'OK: 2 program [0-9]+' '' exec -d 2 -- sh -c 'cat /etc/passwd - >/tmp/file; exec 7</tmp/file 8<>/dev/pts/ptmx; cd /usr; sleep 1000'
runs_in_2() { b exec -n 2 -- sh -c 'cat /proc/[0-9]*/comm' | grep -c sleep | grep -q 2; }
check 'programs run' until_true runs_in_2
t 0 "$all_ok" '' audit 2
like 'all its processes are looked at' "$out" $'.*processes +4, .*'
t 0 OK '' freeze 3
t 0 "$all_ok" '' audit 3
if [ "$(id -u)" = 0 ]; then
	like 'its id is one of its own' "$out" $'.*ids +one, 1900000003:1900000003 on the host\n.*'
elif [ "${BACKEND:-}" = lxc ]; then
	like 'its id is of its operator'\''s range' "$out" ".*ids +one, $(($(sed -n "s/^$(id -un)://p" /etc/subuid | head -n 1 | cut -d: -f1) + 3)):.*"
else
	like 'its id is its operator'\''s' "$out" ".*ids +one, $uid:$(id -g) on the host.*"
fi
t 0 OK '' thaw 3
t 0 '\[(\{"check":"[a-z_]+","state":"ok","seen":"[^"]*","untold":0\},?){13}\]' '' audit --json 1
t 0 '' '' audit --quiet 1

echo '# what is none'
t 1 '' 'Error: Not found' audit 9
t 2 '' 'Error: not a node id: x .*' audit x
t 2 '' 'Error: usage: bonsai audit ID' audit
t 2 '' 'Error: usage: bonsai audit ID' audit 1 2
for words in '' none 99 '99 --json' '0 net_raw surplus' '--json'; do
	# shellcheck disable=SC2086 # words
	like "bonsaid --audit $words" "$("$BUILD/bonsaid" --audit $words 2>&1; echo $?)" $'Error: --audit takes a pidfd, capabilities and --json\n2'
done
is 'a descriptor that is no pidfd' "$("$BUILD/bonsaid" --audit 0 2>&1 </dev/null; echo $?)" $'Error: no process 0\n1'

echo '# a program that was given something of the host'
(marked "$BUILD/bonsai" enter --tree "$tree" 3 sleep 1000) <docs/security.md >/dev/null 2>&1 &
entered=$!
runs_in_3() { b exec -n 3 -- sh -c 'cat /proc/[0-9]*/comm' | grep -q sleep; }
check 'it runs' until_true runs_in_3
t 1 '.*' '' audit 3
like 'its file is found' "$out" $'.*finding descriptors +process [0-9]+ \\(sleep\\) holds /.*/docs/security.md from outside \\(descriptor 0\\)\nok .*'
is 'and nothing else' "$(grep -vc '^ok' <<<"$out")" 1
like 'JSON says so' "$(b audit --json 3)" '.*"check":"descriptors","state":"finding","seen":"process .*'
kill -KILL "$entered"
wait "$entered" 2>/dev/null
runs_not() { ! runs_in_3; }
check 'it has ended' until_true runs_not
cat >"$scratch/give.py" <<'EOF2'
import os, socket, sys
ours, theirs = socket.socketpair()
os.dup2(theirs.fileno(), 0)
os.execv(sys.argv[1], sys.argv[1:])
EOF2
(marked /usr/bin/python3 "$scratch/give.py" "$BUILD/bonsai" enter --tree "$tree" 3 sleep 1000) >/dev/null 2>&1 &
entered=$!
check 'another one runs' until_true runs_in_3
t 1 '.*' '' audit 3
like 'its socket is found' "$out" $'.*finding sockets +process [0-9]+ \\(sleep\\) holds a socket of another network \\(descriptor 0\\)\nok .*'
kill -KILL "$entered"
wait "$entered" 2>/dev/null
t 0 'OK:.*' '' down

echo '# who may not look is told so'
if [ "$uid" = 0 ]; then
	cat >"$scratch/other.py" <<-'EOF3'
		import os, sys
		program = os.open(sys.argv[1], os.O_RDONLY)
		pidfd = os.pidfd_open(int(sys.argv[2]))
		os.set_inheritable(pidfd, True)
		os.set_inheritable(program, True)
		os.setgroups([])
		os.setgid(65534)
		os.setuid(65534)
		os.execve(program, ["bonsaid", "--audit", str(pidfd)], {})
	EOF3
	t 0 'OK:.*' '' up
	t 0 'OK: [0-9]+' '' create 1
	seen=$( (marked /usr/bin/python3 "$scratch/other.py" "$BUILD/bonsaid" "${out#OK: }") 2>&1)
	is 'it is no clean bill' $? 1
	for check in namespaces processes places descriptors sockets agent; do
		check "not known: $check" grep -qE "^\? +$check " <<<"$seen"
	done
	is 'nor is anything found' "$(grep -c ^finding <<<"$seen")" 0
	t 0 'OK:.*' '' down
fi

echo '# an image'
mkdir -p "$scratch/root"/{bin,usr,etc}
if busybox=$(command -v busybox); then
	cp "$busybox" "$scratch/root/bin/busybox"
	says 0 'OK:.*' '.*' image import small "$scratch/root"
	t 0 'OK:.*' '' up --image small
	t 0 'OK: [0-9]+' '' create 1
	t 0 "$all_ok" '' audit 1
	like 'all of it may be written' "$out" $'.*writable: .*/ .*'
	t 0 'OK:.*' '' down
else
	skip 'an image' 'busybox is not installed'
fi

echo '# no isolation'
t 0 'OK:.*' '' up --backend process
t 0 'OK: [0-9]+' '' create 1
t 1 '.*' '' audit 1
for found in 'namespaces +its user namespace is the launcher.s; its mnt .*' 'capabilities +CapPrm of the agent is [0-9a-f]*[1-9a-f][0-9a-f]*; .*' \
	'no_new_privs NoNewPrivs of the agent is 0, not 1' 'seccomp +Seccomp of the agent is 0, not 2' \
	'mounts +/.* is mounted at .*' 'masks +.*/proc/sys is not covered.*' 'agent +its memory and program are open to root of the sandbox'; do
	check "found: ${found%% *}" grep -qxE "finding $found" <<<"$out"
done
t 0 'OK:.*' '' down
nothing_left 'nothing is left'
finish_tests
