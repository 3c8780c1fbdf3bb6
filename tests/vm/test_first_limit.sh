#!/bin/bash
# The first limit of a running node, on a host that has version 2 of control groups alone, in a virtual machine; a launcher that
# was killed; and the errors where no group was delegated. Run by tests/vm/run.
. tests/lib/delegated.sh first-limit
# In version 2 a group with processes cannot hand controllers on: the first limit of a node moves all running processes.
first_limit() { # WHO BACKEND
	local who=$1 backend=$2 group=first-$1-$2 launcher
	echo "# the first limit of nodes that are there, as $who, by $backend"
	begin_in "$group" "$who"
	is 'a tree without limits is up' "$(b "$group" "$who" up --backend "$backend")" "OK: the tree $tree is up"
	launcher=$(b "$group-cli" "$who" info --json | sed -n 's/.*"launcher":\([0-9]*\).*/\1/p')
	like 'nodes are created' "$(b "$group-cli" "$who" create 1 2 3)" $'OK: [0-9]+\nOK: [0-9]+\nOK: [0-9]+'
	like 'a program runs' "$(b "$group-cli" "$who" exec -d 2 -- python3 -c "$later")" 'OK: 2 program [0-9]+'
	like 'and another' "$(b "$group-cli" "$who" exec -d 3 -- sh -c 'setsid sleep 1000 & sleep 1000')" 'OK: 3 program [0-9]+'
	has_begun() { b "$group-cli" "$who" logs 2 | grep -qx begun; }
	check 'it has begun' until_true has_begun
	is 'one gets a limit' "$(b "$group-cli" "$who" set 2 --memory 64M)" OK
	is 'nobody is left in the group itself' "$(processes_in "$group")" 0
	is 'its agent and its program are in its group' "$(processes_in "$group/bonsai-$launcher/n2")" 2
	is 'the others in theirs' "$(processes_in "$group/bonsai-$launcher/n1") $(processes_in "$group/bonsai-$launcher/n3")" '1 4'
	is 'what waits goes on' "$(b "$group-cli" "$who" exec 2 -- touch /tmp/go)" ''
	is_told() { b "$group-cli" "$who" events | grep -q "Out of memory: $1, 1 of its processes killed"; }
	check 'and is held to it' until_true is_told 'node 2 (its limit)'
	is 'the tree gets one as well' "$(b "$group-cli" "$who" set tree --pids 60 --memory 80M)" OK
	b "$group-cli" "$who" exec 3 -- python3 -c "${take/\%d/100}" >/dev/null
	is 'which holds for all' $? 137
	like 'a node comes with one' "$(b "$group-cli" "$who" create 4 --pids 20)" 'OK: [0-9]+'
	end_in "$group" "$who"
}

first_limit root ns
first_limit user ns
first_limit root lxc

echo '# a launcher that was killed'
make_group killed 0
is 'a tree with limits is up' "$(b killed root up --pids 60)" "OK: the tree $tree is up"
kill -KILL "$(launcher_of "$tree")"
is_swept killed

echo '# where others are in the group, or it is not ours'
make_group shared 0
sleep 1000 &
sleeper=$!
echo $sleeper >$root_group/shared/cgroup.procs
like 'it is said' "$(b shared root up --memory 64M)" 'Error: limit memory: no control group below /sys/fs/cgroup/shared: Device or resource busy; see bonsai doctor'
is 'nothing is made' "$(find $root_group/shared -mindepth 1 -type d)" ''
kill $sleeper
mkdir $root_group/foreign
like 'it is said' "$(b foreign user up --memory 64M)" 'Error: limit memory: no control group below /sys/fs/cgroup/foreign: Permission denied; see bonsai doctor'
is 'nothing is made' "$(find $root_group/foreign -mindepth 1 -type d)" ''
nothing_left 'nothing is left'
finish_tests
