#!/bin/bash
# A host whose folders are not what they are elsewhere: read-only, without programs, full, empty. A tree works there, or it is
# said in one line why not, and nothing is left. In a mount namespace of its own, so that the host keeps its folders.
. tests/lib/system.sh
. tests/lib/tree.sh unusual

private=(unshare -m --propagation private)
[ "$uid" = 0 ] || private=(unshare -Urm --propagation private)
# on SETTING LINE...: a script makes the host so, and each line is what follows `bonsai`.
on() {
	local setting=$1
	shift
	# The programs may lie in what is covered. The folders for trees are no other's, who may be another root.
	(marked "${private[@]}" bash -c "mount --bind '$BUILD' /mnt && mount -t tmpfs none /tmp && mount -t tmpfs none /run &&
		$setting || exit 9"'
		for line; do
			read -r -a words <<<"$line"
			/mnt/bonsai "${words[@]}" </dev/null
		done' - "$@") 2>&1
}
works() { # HOST SETTING
	like "a tree on a host with $1" "$(on "$2" "up --tree $tree" "create --tree $tree 1 2" "pingall --tree $tree" \
		"exec --tree $tree 2 -- hostname" "down --tree $tree")" "OK: the tree $tree is up
OK: [0-9]+
OK: [0-9]+
OK: 1 2
n2
OK: the tree $tree is down, and nothing of it is left"
}
refused() { # HOST SETTING WHY
	like "no tree on a host with $1" "$(on "$2" "up --tree $tree")" "Error: [^
]*: $3"
}

works 'a read-only /etc' 'mount --bind /etc /etc && mount -o remount,bind,ro /etc'
works 'an empty /etc' 'mount -t tmpfs none /etc'
works 'a /tmp from which nothing is executed' 'mount -t tmpfs -o noexec none /tmp'
works 'a /run from which nothing is executed' 'mount -t tmpfs -o noexec none /run'
works 'nothing in /run and /tmp' true
works 'a read-only /run' 'mount -t tmpfs -o ro none /run'
works 'a read-only /tmp' 'mount -t tmpfs -o ro none /tmp'
works 'a /run without room' 'mount -t tmpfs -o size=4k none /run && head -c 4k /dev/zero >/run/full'
refused 'a read-only /run and /tmp' 'mount -t tmpfs -o ro none /run && mount -t tmpfs -o ro none /tmp' 'Read-only file system'
refused 'a full /run' 'mount -t tmpfs -o nr_inodes=1 none /run && mount -t tmpfs -o nr_inodes=1 none /tmp' 'No space left on device'
nothing_left 'nothing is left'
finish_tests
