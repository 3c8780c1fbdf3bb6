# Python programs that want more than a node may have.
# shellcheck disable=SC2034 # of those who source this
# So many MiB, as %d.
take='b = b"x" * (%d << 20); print(len(b) >> 20)'
# As many processes as can be had; tells how many those were, and why no more.
bomb='
import os, signal
children = []
try:
    while True:
        child = os.fork()
        if not child:
            signal.pause()
        children.append(child)
except OSError as error:
    print(len(children), error.strerror)
for child in children:
    os.kill(child, 9)'
# cpu_stat GROUP: how many periods of its quota there were, and in how many of them it was held back; GROUP is as n4 of the
# tree's, or empty for the tree itself. Not in each cpu.stat: version 2 has one without the controller as well.
cpu_stat() {
	find /sys/fs/cgroup -maxdepth 6 -path "*/bonsai-$launcher${1:+/$1}/cpu.stat" -exec awk '/^nr_(periods|throttled)/ { print $2 }' {} + \
		2>/dev/null | head -n 2 | paste -sd' '
}
# had_all SHARE QUOTA BEFORE AFTER: where it was held back it had had its quota, within 10 %. Where it was not, others took the
# processor from it, and that it had less says nothing.
had_all() {
	# shellcheck disable=SC2086 # words
	set -- "$1" "$2" $3 $4
	[ $(($1 * 110 * ($5 - $3))) -ge $(($2 * 100 * ($6 - $4))) ]
}
# Waits for /tmp/go, then wants 100 MiB. It prints when it has begun.
later='
import os, time
print("begun", flush=True)
while not os.path.exists("/tmp/go"):
    time.sleep(0.02)
b = b"x" * (100 << 20)
print("had", flush=True)'
# Begets one that does the same, and ends: no list of processes has who is there when it has been read.
chain='
import os
print("begun", flush=True)
while True:
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass'
