#!/bin/bash
# Commands about several nodes: ids, ranges, and what is said of those that are not there.
. tests/lib/system.sh
. tests/lib/tree.sh lists
export BONSAI_TREE=$tree
head='        ID     PARENT  STATE .*'

says 0 'OK: the tree .*' '' up --backend "${BACKEND:-ns}"
says 0 'OK: -1' '' pingall
says 0 '(no nodes)|\(no nodes\)' '' tree
says 0 'OK: [0-9]+(.OK: [0-9]+){6}' '' create 8 4 2 12 101..103

echo '# looking at some'
says 0 "$head"$'\n +8 .*\n +4 .*' '' ps 4 8
says 0 "$head"$'\n +101 .*\n +102 .*\n +103 .*' '' ps 101..103
says 1 "$head"$'\n +4 .*' 'Error: Not found: 3 99' ps 3,4 99
says 1 '' 'Error: Not found: 99' ps 99
says 2 '' 'Error: not a node id: x .*' ps x
says 0 $'4\n└─ 2\n12\n└─ 101\n   └─ 102\n      └─ 103' '' tree 4 12
says 0 $'8\n├─ 4\n│  └─ 2\n└─ 12\n   └─ 101\n      └─ 102\n         └─ 103' '' tree 8 2
says 1 '' 'Error: Not found: 99' tree 99
says 0 '\{"nodes":\[\{"node":102,"parent":101,[^]]*\],"id":1\}' '' --json ps 102
says 0 $'OK: 4 stats: .*\nOK: 8 stats: .*' '' stats 4 8
says 1 'OK: 4 stats: .*' 'Error: 99: Not found' stats 4 99
says 1 '' 'Error: Not found' stats 99
says 0 $'\\{\n  "node": 4,.*\n\\}\n\\{\n  "node": 8,.*\n\\}' '' inspect 4 8
says 1 '.*"node": 4,.*' 'Error: 99: Not found' inspect 4 99

echo '# signals'
says 0 $'OK\nOK' '' kill -s CONT 4 8
says 0 OK '' kill --signal 18 4
says 0 $'OK\nOK' '' kill 4 8 SIGCONT
says 1 OK 'Error: 99: Not found' kill -s CONT 4 99
says 2 '' 'Error: no such signal: NOPE' kill -s NOPE 4
says 2 '' 'Error: no such signal: NOPE' kill 4 NOPE
says 2 '' 'Error: usage: bonsai kill .*' kill -s CONT
says 1 '' 'Error: 1: Not found.Error: 9: Not found' kill 1 9
says 0 'OK: 8( [0-9]+){6}' '' pingall
lost() { "$BUILD/bonsai" --json ps "$1" | grep -q '"state":"lost"'; }
says 0 $'OK\nOK' '' kill 2 103
for id in 2 103; do check "a number is a node, and KILL the signal: $id" until_true lost "$id"; done
says 0 $'OK\nOK' '' freeze 4 12
says 1 '' 'Error: Node is unavailable \(node 12 above it is frozen; bonsai thaw 12\)' exec 102 time
says 0 $'OK\nOK' '' thaw 4 12
says 0 'OK: 12 time: 0' '' exec 12 time

echo '# removing what goes with another'
says 1 $'OK\nOK\nOK' $'Error: 104: Not found\nError: 105: Not found' remove 101..105
says 1 '' 'Error: Not found' remove 101
says 0 $'OK\nOK\nOK' '' remove 8 4 8
says 0 'OK: -1' '' pingall
says 0 'OK: the tree .*' '' down
nothing_left 'nothing is left'
finish_tests
