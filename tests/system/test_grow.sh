#!/bin/bash
# Size: a tree of a thousand nodes, and one as deep as it has nodes.
. tests/lib/system.sh
nodes=1000 depth=60
if sanitized; then nodes=200 depth=30; fi

start
try "grow $nodes" "OK: $nodes nodes in [0-9.]+ s"
echo "# $line"
check 'each has a process of its own' [ "$(marked_pids | wc -l)" -gt "$nodes" ]
try pingall 'OK: [0-9 ]+'
is 'all of them answer' "$(tr ' ' '\n' <<<"${line#OK: }" | sort -n | xargs)" "$(seq -s ' ' "$nodes")"
root=${line#OK: } root=${root%% *}
try "exec $nodes -- hostname" "n$nodes"
try "remove $root" 'OK'
try pingall 'OK: -1'
no_node() { [ "$(marked_pids | wc -l)" -le 4 ]; }
check 'removed, they are gone' until_true no_node

mapfile -t created < <(printf "OK: [0-9]+\n%.0s" $(seq $depth))
try "create 1..$depth" "${created[@]}"
try pingall "OK: $(seq -s ' ' $depth)"
try "exec $depth -- hostname" "n$depth"
try "exec $depth -- sh -c 'head -c 3000000 /dev/zero | md5sum'" "$(head -c 3000000 /dev/zero | md5sum)"
send "exec $depth -- sh -c 'head -c 1000000 /dev/zero | tr \"\\\\0\" x; echo'"
expect 'output comes all the way up' 'x+'
is 'all of it' "${#line}" 1000000
try 'remove 1' 'OK'
try pingall 'OK: -1'
bye
finish_tests
