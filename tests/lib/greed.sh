# Python programs that want more than a node may have.
# shellcheck disable=SC2034 # used by the scripts that source this
# Takes as many MiB as %d says.
take='b = b"x" * (%d << 20); print(len(b) >> 20)'
# Forks as many processes as it can; prints their number and the error of the last fork.
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
# cpu_stat GROUP: prints the number of periods of the quota, and the number of those in which the group was throttled. GROUP is a
# node's group such as n4, or empty for the tree's. Version 2 has a cpu.stat even without the controller; it lacks these lines.
cpu_stat() {
	find /sys/fs/cgroup -maxdepth 6 -path "*/bonsai-$launcher${1:+/$1}/cpu.stat" -exec awk '/^nr_(periods|throttled)/ { print $2 }' {} + \
		2>/dev/null | head -n 2 | paste -sd' '
}
# had_all SHARE QUOTA BEFORE AFTER: true if SHARE is at least QUOTA times the throttled part of the periods, within 10 %. In the
# other periods, other processes took the processor, so a smaller share proves nothing.
had_all() {
	# shellcheck disable=SC2086 # words
	set -- "$1" "$2" $3 $4
	[ $(($1 * 110 * ($5 - $3))) -ge $(($2 * 100 * ($6 - $4))) ]
}
# Prints "begun", waits for /tmp/go, then takes 100 MiB.
later='
import os, time
print("begun", flush=True)
while not os.path.exists("/tmp/go"):
    time.sleep(0.02)
b = b"x" * (100 << 20)
print("had", flush=True)'
# Forks a child that does the same, and exits: when a list of processes has been read, the listed ones are gone.
chain='
import os
print("begun", flush=True)
while True:
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass'
