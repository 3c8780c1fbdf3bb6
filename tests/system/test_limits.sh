#!/bin/bash
# What nodes may use, shown by real programs: an allocator, a fork bomb, a busy loop, a writer. And that limits can be
# changed, are on record for another controller, are refused in one line where the host has nothing for them, and leave
# nothing behind.
. tests/lib/system.sh
. tests/lib/tree.sh limits
. tests/lib/greed.sh

python=/usr/bin/python3 # as nodes see it
[ -x $python ] || { echo '1..0 # SKIP python3 is not installed'; exit 0; }

# can CONTROLLER: the doctor has made a group with it.
can() { "$BUILD/bonsai" doctor --json 2>/dev/null | grep -q "\"name\":\"$1\",\"for\":\"limits\",\"state\":\"ok\""; }
py() { "$BUILD/bonsai" exec --tree "$tree" "$1" -- "$python" -c "$2" 2>&1; }
limits_of() { "$BUILD/bonsai" inspect --tree "$tree" --json "$1" | sed -n 's/.*"limits":\({[^}]*}\).*/\1/p'; }

t 0 'OK:.*' '' up

echo '# a writer meets ENOSPC, its sibling does not'
t 0 'OK: [0-9]+' '' create 1
t 0 'OK: [0-9]+' '' create 2 --disk 1M
t 0 'OK: [0-9]+' '' create --disk=1M 3
writer='head -c 2M /dev/zero >/tmp/file; stat -c %s /tmp/file; rm /tmp/file'
t 0 1048576 '.*No space left on device' exec 2 -- sh -c "$writer"
t 0 2097152 '' exec 1 -- sh -c "$writer"
t 0 OK '' set 2 --disk 3M
t 0 2097152 '' exec 2 -- sh -c "$writer"
t 0 2097152 '' exec 2 -- sh -c 'head -c 2M /dev/zero >/tmp/kept; stat -c %s /tmp/kept'
t 1 '' 'Error: limit disk: more than that is in use' set 2 --disk 1M
is 'a limit that was refused is as before' "$(limits_of 2)" '{"disk_bytes":3145728}'
is 'no limit is none' "$(limits_of 1)" '{}'
t 0 OK '' set 2 --disk none
is 'lifted, it is none' "$(limits_of 2)" '{}'
# liblxc makes groups for all.
[ "${BACKEND:-}" = lxc ] || is 'a disk needs no group' "$(find /sys/fs/cgroup -maxdepth 6 -name "bonsai-$(launcher_of "$tree")" 2>/dev/null)" ''

echo '# descriptors of each program'
files='print(*__import__("resource").getrlimit(7))'
is 'usually there are so many' "$(py 1 "$files")" '4096 4096'
t 0 OK '' set 1 --nofile 5000
is 'others can be had while it runs' "$(py 1 "$files")" '5000 5000'
is 'it is shown' "$(limits_of 1)" '{"nofile":5000}'
t 0 OK '' set 1 --nofile 300
is 'fewer too' "$(py 1 "$files")" '300 300'
all='
import os
try:
    while True: fd = os.dup(0)
except OSError as error: print(fd, error.strerror)'
is 'and no more are had' "$(py 1 "$all")" '299 Too many open files'
is 'a program raises neither its own nor the one of those to come' "$("$BUILD/bonsai" exec --tree "$tree" 1 -- sh -c '
	prlimit --nofile=400:400 true; prlimit --pid 1 --nofile=400:400; ulimit -Hn' 2>&1 | grep -c "not permitted") $(py 1 "$files")" '2 300 300'
[ "$uid" != 0 ] || is 'who enters has that' "$("$BUILD/bonsai" enter --tree "$tree" 1 "$python" -c "$files")" '300 300'
like 'it is what it is looked for' "$("$BUILD/bonsai" audit --tree "$tree" 1)" '.*rlimits +of programs 300 descriptors each and 512 processes.*'
t 0 OK '' set 1 --nofile none
is 'lifted, there are the usual' "$(py 1 "$files")" '4096 4096'
t 1 '' 'Error: limit nofile: this host lets a process of this user have [0-9]+ at most \(ulimit -Hn\)' set 1 --nofile 1073741824
t 1 '' 'Error: --nofile must be 64 to 1073741824, or none' set 1 --nofile 63
is 'what was refused is as before' "$(limits_of 1)" '{}'

echo '# what is no limit'
t 2 '' 'Error: no number of bytes, as 64M: many' create 9 --memory many
t 2 '' '.*unknown option: --momery.*' create 9 --momery 64M
t 2 '' '.*option needs an argument: .*' create 9 --memory
t 2 '' 'Error: usage: .*' create --memory 64M
t 2 '' 'Error: usage: .*' set 1 2 3
t 1 '' 'Error: --memory must be 1 MiB at least, or none' create 9 --memory 4K
t 1 '' 'Error: --pids must be 8 to 4194304, or none' create 9 --pids 1
t 1 '' 'Error: --cpus must be 0.01 to 1024, or none' create 9 --cpus 0.001
t 2 '' 'Error: no number of processors, as 0.5: 1e3' create 9 --cpus 1e3
t 1 '' 'Error: Not found' set 9 --disk 1M
t 1 '' 'Error: Not found' inspect 9

# When it can be had is a matter of its own: of the disk that the host's /usr lies on.
disk_of_usr() {
	local number path
	number=$(stat -c %Hd:%Ld /usr)
	path=$(readlink -f "/sys/dev/block/$number") && [ -d "$path" ] && [ "$number" != "${number#[1-9]}" ] || return 1
	[ ! -e "$path/partition" ] || path=${path%/*}
	cat "$path/dev"
}
echo '# a reader of a disk is held back'
t 2 '' 'Error: no number of bytes, as 64M: fast' create 9 --io fast
t 1 '' 'Error: --io must be 64 KiB at least, or none' create 9 --io 1K
# The beginning of a large file, past the cache; prints the thousandths of a second it took.
reader='
import os, time, mmap
at = max((os.path.getsize(os.path.join(d, n)), os.path.join(d, n)) for d, _, ns in os.walk("/usr/bin") for n in ns
	 if os.path.isfile(os.path.join(d, n)))[1]
fd = os.open(at, os.O_RDONLY | os.O_DIRECT)
room = mmap.mmap(-1, 1 << 20)
begin = time.monotonic()
got = sum(os.preadv(fd, [room], i << 20) for i in range(3))
print(got >> 20, round((time.monotonic() - begin) * 1000))'
if ! can 'io controller'; then
	t 1 '' 'Error: create node 6: limit io: .*' create 6 --io 1M
elif ! disk=$(disk_of_usr); then
	skip 'a reader is held back' "/usr lies on no disk here"
else
	t 0 'OK: [0-9]+' '' create 6 --io 1M
	is 'it is shown' "$(limits_of 6)" '{"io_bytes_per_s":1048576}'
	in_group=$(find /sys/fs/cgroup -maxdepth 7 -path "*/bonsai-$(launcher_of "$tree")/n6/*" \( -name blkio.throttle.read_bps_device -o -name io.max \))
	like 'the kernel has been told' "$(cat "$in_group")" ".*$disk (rbps=)?1048576( .*)?"
	read -r got ms <<<"$(py 6 "$reader")"
	# No machine is so fast that it would beat the limit, and how slow it is does not matter.
	check "3 MB at 1 MB/s: $got MB in $ms ms" [ "$got" = 3 -a "$ms" -ge 1800 ]
	t 0 OK '' set 6 --io none
	is 'lifted, it is none' "$(grep "^$disk " "$in_group")" ''
	t 0 OK '' remove 6
fi

if ! can 'memory controller' || ! can 'pids controller' || ! can 'cpu controller'; then
	for limit in 'memory 64M' 'pids 32' 'cpus 0.5'; do
		t 1 '' "Error: create node 9: limit (memory|pids|cpu): .*; see bonsai doctor" create 9 --${limit% *} "${limit#* }"
	done
	t 1 '' 'Error: Not found' inspect 9
	if [ "$uid" = 0 ]; then
		skip 'limits by control groups' 'this host lets root make none'
	else
		ok 'an ordinary user without a group of his own is told so'
	fi
	t 0 'OK:.*' '' down
	nothing_left 'nothing is left'
	finish_tests
fi

echo '# an allocator ends at its limit, and its sibling does not notice'
t 0 'OK: [0-9]+' '' create 4 --memory 64M --pids 24 --cpus 0.5
t 0 'OK: [0-9]+' '' create 5 --memory 64M
is 'they are shown' "$(limits_of 4)" '{"memory_bytes":67108864,"pids":24,"cpus":0.5}'
like 'ps shows them as well' "$("$BUILD/bonsai" ps --tree "$tree" | sed -n '1s/ \+/ /gp; s/ \+/ /g; /^ 4 /p')" '.*UPTIME LIMITS.* 4 .* memory 64M, pids 24, cpus 0.5'
is 'what fits is had' "$(py 4 "${take/\%d/30}")" 30
t 137 '.*' '.*' exec 4 -- "$python" -c "${take/\%d/100}"
is_told() { "$BUILD/bonsai" events --tree "$tree" | grep -qE '^[0-9:]{8} Out of memory: node 4 \(its limit\), 1 of its processes killed$'; }
check 'it is told' until_true is_told
is 'its sibling has all of its own' "$(py 5 "${take/\%d/30}")" 30
t 0 'OK: 1 2 3 4 5' '' pingall
is 'programs go before the agent' "$("$BUILD/bonsai" exec --tree "$tree" 4 -- cat /proc/self/oom_score_adj)" 1000
# But for the moment in which it starts one.
stays() { [ "$("$BUILD/bonsai" exec --tree "$tree" 4 -- sh -c 'sleep 0.1; cat /proc/1/oom_score_adj')" -lt 1000 ]; }
check 'the agent does not' until_true stays
t 0 OK '' set 4 --memory 128M
is 'with more, it is had' "$(py 4 "${take/\%d/100}")" 100
t 0 OK '' set 4 --memory 24M
t 137 '.*' '.*' exec 4 -- "$python" -c "${take/\%d/60}"

echo '# more processes than usual'
processes='print(*__import__("resource").getrlimit(6))'
is 'usually there are so many' "$(py 4 "$processes")" '512 512'
t 0 OK '' set 4 --pids 700
is 'a limit may be above' "$(py 4 "$processes")" '700 700'
t 0 OK '' set 4 --pids 24

echo '# a fork bomb ends at its number'
like 'it is stopped below it' "$(py 4 "$bomb")" '(1[0-9]|2[0-3]) Resource temporarily unavailable'
t 0 'OK: 1 2 3 4 5' '' pingall

echo '# limits for a node that was created with none, and for what runs in it'
t 0 'OK: [0-9]+' '' create 7
t 0 'OK: 7 program [0-9]+' '' exec -d 7 -- sh -c 'setsid sleep 1000 & sleep 1000'
t 0 'OK: 7 program [0-9]+' '' exec -d 7 -- "$python" -c "$later"
has_begun() { "$BUILD/bonsai" logs --tree "$tree" 7 | grep -qx begun; }
check 'what runs in it has begun' until_true has_begun
t 0 OK '' set 7 --memory 64M --pids 24
is 'they are shown' "$(limits_of 7)" '{"memory_bytes":67108864,"pids":24}'
is 'programs go before the agent from now on' "$("$BUILD/bonsai" exec --tree "$tree" 7 -- cat /proc/self/oom_score_adj)" 1000
in_group=$(find /sys/fs/cgroup -maxdepth 7 -path "*/bonsai-$(launcher_of "$tree")/n7/cgroup.procs" -path '*pids*')
[ -n "$in_group" ] || in_group=$(find /sys/fs/cgroup -maxdepth 7 -path "*/bonsai-$(launcher_of "$tree")/n7/cgroup.procs")
is 'the agent and all four are in its group' "$(wc -l <"$in_group")" 5
t 0 '' '' exec 7 -- touch /tmp/go
is_told() { "$BUILD/bonsai" events --tree "$tree" | grep -qE '^[0-9:]{8} Out of memory: node 7 \(its limit\), 1 of its processes killed$'; }
check 'what was there before is held to it' until_true is_told
is 'and did not have it' "$("$BUILD/bonsai" logs --tree "$tree" 7)" begun
t 0 OK '' remove 7
t 0 'OK: [0-9]+' '' create 7
for program in 1 2 3; do t 0 "OK: 7 program [0-9]+" '' exec -d 7 -- "$python" -c "$chain"; done
check 'programs that are new all the time' until_true has_begun
t 0 OK '' set 7 --pids 200
# None of its own is anywhere else. One that exits (PF_EXITING, 4) is shown in the root group of version 1.
is_exiting() { (($(sed -E 's/.*\) (\S+ ){6}([0-9]+) .*/\2/' "/proc/$1/stat" || echo 4) & 4)); }
outside() {
	local pid groups
	for pid in $(grep -lxE "NSpid:[[:space:]]+[0-9]+[[:space:]]+[0-9]+" /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3); do
		[ "$(readlink "/proc/$pid/ns/pid")" = "$ns" ] || continue
		groups=$(grep -vE '/n7$' "/proc/$pid/cgroup" | grep -E ':(pids|memory):|^0::/.') || continue
		is_exiting "$pid" || echo "$pid $groups"
	done 2>/dev/null
}
ns=$(readlink "/proc/$("$BUILD/bonsai" inspect --tree "$tree" --json 7 | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')/ns/pid")
is 'are held as well' "$(outside | head -n 3)" ''
t 0 OK '' remove 7

echo '# a busy loop gets its share'
# Held back by what it is limited to, a loop gets that: never more, and where others take the processor from us at times it
# gets that at the next try. How long it has run is told by its own processor time.
busy='
import time
def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
begin, used = time.monotonic(), time.process_time()
spin(3)
print(round((time.process_time() - used) / (time.monotonic() - begin) * 1000))'
t 0 OK '' set 4 --memory 64M --cpus 0.2
launcher=$(launcher_of "$tree")
for try in {1..6}; do
	before=$(cpu_stat n4)
	share=$(py 4 "$busy")
	after=$(cpu_stat n4)
	[ "$share" -lt 180 ] || break
	echo "# try $try: $share thousandths"
done
check "of a fifth of a processor it has no more than 10 % above: $share thousandths" [ "$share" -le 220 ]
check 'and no more than 10 % below' had_all "$share" 200 "$before" "$after"
throttled() { cpu_stat n4 | cut -d' ' -f2; }
check "that is for its limit, if it had so much: $(throttled) times held back" [ "$(throttled)" -gt 0 -o "$share" -lt 180 ]
t 0 OK '' set 4 --cpus none
before=$(throttled)
free=$(py 4 "$busy")
is "without one it is not held back any more ($free thousandths)" "$(throttled)" "$before"

echo '# another controller'
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
t 0 'OK: 1 2 3 4 5' '' pingall
is 'limits are on record' "$(limits_of 4)" '{"memory_bytes":67108864,"pids":24}'
is 'those of a disk too' "$(limits_of 3)" '{"disk_bytes":1048576}'
t 0 OK '' set 4 --pids 32

echo '# the end'
groups() { find /sys/fs/cgroup -maxdepth 6 -path "*/bonsai-$launcher/$1" -type d 2>/dev/null; }
check 'there are groups' [ -n "$(groups n4)" ]
t 0 OK '' remove 5
is 'they go with the node' "$(groups n5)" ''
check 'and with it alone' [ -n "$(groups n4)" ]
t 0 'OK:.*' '' down
is 'and all with the tree' "$(find /sys/fs/cgroup -maxdepth 6 -name "bonsai-$launcher" 2>/dev/null)" ''
nothing_left 'nothing is left'

echo '# the launcher is killed'
t 0 'OK:.*' '' up
t 0 'OK: [0-9]+' '' create 1 --memory 64M --pids 30
launcher=$(launcher_of "$tree")
check 'there are groups' [ -n "$(groups n1)" ]
kill -KILL "$launcher"
nothing_left 'nothing is left, no control group either'
finish_tests
