#!/bin/bash
# A kernel that lacks a system call which Bonsai would rather have, as 5.10 lacks mount_setattr: nodes are held as elsewhere.
. tests/lib/system.sh
. tests/lib/tree.sh old

old() { (marked tests/lib/forbid mount_setattr=ENOSYS "$BUILD/bonsai" "$@") 2>&1 </dev/null; }
in_node() { "$BUILD/bonsai" exec --tree "$tree" 1 -- sh -c "$1" 2>&1; }

is 'a tree is up' "$(old up --tree "$tree")" "OK: the tree $tree is up"
t 0 'OK: [0-9]+' '' create 1
for file in /usr/x /x /etc/x /sys/x; do
	like "$file cannot be written" "$(in_node "touch $file")" '.*Read-only file system'
done
like 'nor /proc/sys' "$(in_node 'echo 1 >/proc/sys/net/ipv4/ip_forward')" '.*Read-only file system'
is 'the host'"'"'s files hold neither devices nor what makes a program root' \
	"$(in_node 'cat /proc/mounts' | awk '$2 == "/usr" { print substr($4, 1, 15) }')" ro,nosuid,nodev
t 0 $'(ok +[a-z_]+ +.*\n?){13}' '' audit 1
t 0 "OK: the tree $tree is down, and nothing of it is left" '' down

echo '# images do need it'
mkdir -p "$scratch/root/bin"
export BONSAI_IMAGES=$scratch/images
is 'an image' "$(old image import old "$scratch/root" | tail -n 1 | cut -c 1-3)" 'OK:'
like 'is not for a tree' "$(old up --tree "$tree" --image old)" 'Error: images need a kernel of 5.12 or later'
nothing_left 'nothing is left'
finish_tests
