#!/bin/bash
# Checks docs/requirements.md in the oldest supported kernel, as root and as an ordinary user: each feature works, or fails with
# the error in the table. Run by tests/vm/run.
# VM=qemu:bullseye
. tests/lib/guest.sh
. tests/lib/system.sh
. tests/lib/tree.sh requirements

share_build
add_user /tmp
mkdir -p "$scratch/root/bin" && chmod 755 "$scratch"
b() { (marked "${as[@]}" "$BUILD/bonsai" "$@") 2>&1 </dev/null; }

# column FEATURE: prints the table's error for a host that lacks the feature, without the backquotes.
column() { awk -F ' *[|] *' -v feature="$1" 'index($2, feature) == 1 { print $5; exit }' docs/requirements.md | sed 's/^`//; s/`$//'; }
works() { # FEATURE UP...
	local feature=$1
	shift
	is "$who: $feature" "$(b up --tree "$tree" "$@")" "OK: the tree $tree is up"
	like 'nodes come' "$(b create --tree "$tree" 1 2)" $'OK: [0-9]+\nOK: [0-9]+'
	is 'and answer' "$(b pingall --tree "$tree")" 'OK: 1 2'
	is 'programs run there' "$(b exec --tree "$tree" 1 -- echo here)" here
	is 'and it goes' "$(b down --tree "$tree")" "OK: the tree $tree is down, and nothing of it is left"
}
lacks() { # FEATURE COMMAND...: the command must fail with the table's error
	local feature=$1 wanted out
	shift
	wanted=$(column "$feature")
	out=$("$@")
	check "$who: $feature: $wanted" [ -n "$wanted" -a "${out#*"$wanted"}" != "$out" ]
	[ "${out#*"$wanted"}" != "$out" ] || echo "# $out"
}

release=$(uname -r)
echo "# $release"
for who in root user; do
	as=(env)
	[ $who = root ] || as=("${to_user[@]}" env HOME=/tmp)
	works 'nodes in sandboxes' --backend ns
	works 'nodes without isolation' --backend process
	echo 100 >/proc/sys/user/max_net_namespaces
	echo 0 >/proc/sys/user/max_user_namespaces
	lacks 'nodes in sandboxes' b up --tree "$tree"
	lacks 'the same, of an ordinary user' b up --tree "$tree"
	echo 1000 >/proc/sys/user/max_user_namespaces
	echo 1000 >/proc/sys/user/max_net_namespaces
	is 'an image' "$(b image import plain "$scratch/root" | tail -n 1 | cut -c 1-3)" OK:
	[ "$(printf '%s\n' 5.12 "$release" | sort -V | head -n 1)" = 5.12 ] || lacks 'images' b up --tree "$tree" --image plain
	as=(unshare -m sh -c 'umount /sys/fs/cgroup && exec "$@"' sh "${as[@]}")
	lacks 'limits of memory' b up --tree "$tree" --memory 64M
done
who=root as=(env)
works 'nodes in containers of liblxc' --backend lxc
nothing_left 'nothing is left'
finish_tests
