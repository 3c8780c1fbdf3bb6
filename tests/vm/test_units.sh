#!/bin/bash
# The systemd units on a host that has version 2 of control groups alone. A controller that is killed is restarted, also when the
# tree has limits, and a node that runs out of memory stops nothing. The managers are a systemd that is the first process of a
# machine, the same with a drop-in that sets User=, and an ordinary user's own systemd. Run by tests/vm/run.
. tests/lib/guest.sh
. tests/lib/system.sh
. tests/lib/greed.sh
for controller in memory pids cpu; do echo "+$controller" >$root_group/cgroup.subtree_control; done

home=/opt/home prefix=/opt/bonsai
make -s -o all "BUILD=$BUILD" DESTDIR= "PREFIX=$prefix" install || { echo 'Bail out! not installed'; exit 2; }
# Empty targets, so that no unit of the host starts.
for kind in system user; do
	folder=$prefix/lib/systemd/$kind
	for target in basic sysinit shutdown; do echo '[Unit]' >"$folder/$target.target"; done
	mkdir "$folder/bonsai-main-.scope.d"
	printf '%s\n' '[Scope]' MemoryMax=300M >"$folder/bonsai-main-.scope.d/all.conf"
done
manager_at() { # KIND: prints the manager's program, arguments and variables
	echo "env -i PATH=$PATH HOME=$home XDG_RUNTIME_DIR=$home SYSTEMD_UNIT_PATH=$prefix/lib/systemd/$1" \
		"/lib/systemd/systemd --$1 --unit=basic.target --log-target=kmsg --show-status=no"
}

# Each start function sets `as` (the command that starts a program as this manager's user), `owner` (the additional command
# for a program of the tree's user) and `group` (the group that contains everything).
owner=() uid_of_tree=0
start_system() {
	group=$root_group/${1:-machine}
	mkdir "$group"
	rm -f "$scratch/pid"
	# The manager must be alone in its group, or the group cannot hand controllers on. The file "pid" gets the manager's pid in
	# the outer PID namespace.
	cat >"$scratch/first" <<-EOS
		echo 0 >$group/cgroup.procs
		read -r pid rest </proc/self/stat
		echo \$pid >$scratch/pid
		exec unshare -C bash -c 'mount -t proc proc /proc; umount -l $root_group; mount -t cgroup2 none $root_group
			mount -t tmpfs -o mode=755 run /run; exec $(manager_at system | sed 's/env -i/& container=other/')'
	EOS
	unshare -mpf --kill-child bash "$scratch/first" >"$scratch/log" 2>&1 </dev/null &
	until_true [ -s "$scratch/pid" ]
	manager=$(cat "$scratch/pid")
	as=(nsenter -t "$manager" -m -p -C)
	systemctl=(systemctl)
}

start_owned() {
	add_user $home
	mkdir "$prefix/lib/systemd/system/bonsai@.service.d"
	printf '%s\n' '[Service]' User=tree >"$prefix/lib/systemd/system/bonsai@.service.d/user.conf"
	start_system owned
	uid_of_tree=$user
	owner=("${to_user[@]}")
}

start_user() {
	group=$root_group/session
	mkdir $group /run/systemd /run/systemd/system
	install -d -m 700 -o $user $home
	chown $user $group $group/{cgroup.procs,cgroup.subtree_control,cgroup.threads}
	# shellcheck disable=SC2046 # words
	(
		echo "$BASHPID" >$group/cgroup.procs
		exec "${to_user[@]}" $(manager_at user)
	) >"$scratch/log" 2>&1 </dev/null &
	manager=$!
	as=("${to_user[@]}" env -i "PATH=$PATH" "HOME=$home" "XDG_RUNTIME_DIR=$home")
	systemctl=(systemctl --user)
	owner=()
}

as() { timeout "$limit_s" "${as[@]}" "$@" 2>&1 </dev/null; }
ctl() { as "${systemctl[@]}" "$@"; }
bonsai() { as "${owner[@]}" "$prefix/bin/bonsai" --tree main "$@"; }
show() { ctl show -P "$1" bonsai@main; }
is_up() { [ "$(ctl show -P ActiveState basic.target)" = active ]; }
# True if the unit is active again after N restarts, or if the manager has given up.
is_settled() { [ "$(show ActiveState)/$(show NRestarts)" = "active/$1" ] || [ "$(show ActiveState)" = failed ]; }
is_replaced() { until_true is_settled "$1" && [ "$(show ActiveState)" = active ]; }
scopes() { find $group -type d -name 'bonsai*.scope'; }
has_gone() { [ -z "$(scopes)" ] && ! grep -q bonsai /proc/[0-9]*/comm 2>/dev/null; }
limit_of() { cat $group/*/bonsai-main-*.scope/bonsai-*[0-9]/"$1/memory.max" 2>&1; }

log() { ctl status --no-pager --lines=0 bonsai@main; cat "$scratch/log"; }

unit_works() { # KIND
	local nl=$'\n'
	echo "# $1"
	"start_$1"
	check 'a manager is up' until_true is_up
	is 'start' "$(ctl start bonsai@main)" ''
	is 'it is active when that has returned' "$(show ActiveState)" active
	is 'the group is the one of whom it is' "$(stat -c %u "$(scopes)")" "$uid_of_tree"
	is 'a drop-in binds all of it' "$(cat "$(scopes)/memory.max")" 314572800
	is 'the tree gets a limit' "$(bonsai set tree --memory 160M)" OK
	like 'nodes too' "$(bonsai create 2 --memory 64M)" 'OK: [0-9]+'
	like 'others have none' "$(bonsai create 1 3)" "OK: [0-9]+${nl}OK: [0-9]+"
	ctl kill --kill-whom=main -s KILL bonsai@main
	is_replaced 1 || die 'a controller that is killed is started again' "$(log)"
	ok 'a controller that is killed is started again'
	is 'and has lost no node' "$(bonsai pingall)" 'OK: 2 1 3'
	like 'for it took the tree over' "$(bonsai --json info)" ".*\"pid\":$(show MainPID),.*\"generation\":2,.*"
	is 'the limits are as before' "$(limit_of .) $(limit_of n2)" "167772160 67108864"
	bonsai exec 2 -- python3 -c "${take/\%d/100}" >/dev/null
	is 'and hold' $? 137
	is 'others can be set' "$(bonsai set tree --memory 200M) $(limit_of .)" 'OK 209715200'
	ctl kill --kill-whom=main -s KILL bonsai@main
	check 'it may be killed again' is_replaced 2
	is 'who ran out of memory is there as well' "$(bonsai pingall)" 'OK: 2 1 3'
	is 'restart' "$(ctl restart bonsai@main)" ''
	is 'is a tree anew' "$(bonsai pingall)" 'OK: -1'
	is 'stop' "$(bonsai set tree --memory 160M) $(ctl stop bonsai@main)" 'OK '
	is 'it is inactive' "$(show ActiveState) $(show Result)" 'inactive success'
	check 'no scope and no process is left' until_true has_gone
	{ kill -KILL "$manager" && wait; } 2>/dev/null
}

unit_works system
unit_works owned
unit_works user
finish_tests
