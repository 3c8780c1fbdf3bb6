# For tests in a virtual machine that has version 2 of control groups alone: a tree in a group that belongs to root, or that is
# delegated to an ordinary user. Sourced by tests of tests/vm, with the beginning of the tree's name as argument.
# shellcheck disable=SC2034 # used by the scripts that source this
. tests/lib/guest.sh
. tests/lib/system.sh
. tests/lib/tree.sh "$1"
. tests/lib/greed.sh
share_build
add_user /tmp
for controller in memory pids cpu io; do echo "+$controller" >$root_group/cgroup.subtree_control; done

become() { # root|user PROGRAM...: replaces the shell, so that no shell is left in the group
	if [ "$1" = user ]; then
		shift
		exec "${to_user[@]}" env -u XDG_RUNTIME_DIR HOME=/tmp "$@"
	else
		shift
		exec "$@"
	fi
}
make_group() { # NAME USER: makes a group as a service manager delegates it
	local file
	mkdir "$root_group/$1"
	chown "$2" "$root_group/$1"
	for file in $(cat /sys/kernel/cgroup/delegate); do [ ! -e "$root_group/$1/$file" ] || chown "$2" "$root_group/$1/$file"; done
}
# b GROUP WHO SUB-COMMAND ARG...: runs a sub-command of bonsai in the group, as WHO
b() {
	local group=$1 who=$2 sub=$3
	shift 3
	(
		echo $BASHPID >"$root_group/$group/cgroup.procs" || exit 9
		become "$who" "$BUILD/bonsai" "$sub" --tree "$tree" "$@"
	) </dev/null 2>&1
}
processes_in() { wc -l <"$root_group/$1/cgroup.procs"; }
# Makes a group for a tree, and a group for the sub-commands, which run outside the tree's group.
begin_in() { # GROUP WHO
	make_group "$1" "$([ "$2" = user ] && echo $user || echo 0)"
	mkdir "$root_group/$1-cli"
	[ "$2" = root ] || chown $user "$root_group/$1-cli/cgroup.procs" "$root_group/$1-cli"
}
end_in() { # GROUP WHO
	is 'down' "$(b "$1-cli" "$2" down)" "OK: the tree $tree is down, and nothing of it is left"
	is_swept "$1"
	rmdir "$root_group/$1-cli"
}
is_swept() { # GROUP
	is_empty() { [ -z "$(find "$root_group/$1" -mindepth 1 -type d)" ]; }
	check 'no group is left' until_true is_empty "$1"
	check 'nor is anybody in it' until_true rmdir "$root_group/$1"
}
