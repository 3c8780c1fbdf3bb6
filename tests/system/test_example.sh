#!/bin/bash
# The example for programs that drive a tree does what docs/api.md says one can do.
. tests/lib/system.sh

tree=example-$$
example() {
	# Whichever python3 comes first in PATH, this one has Debian's zmq.
	(marked timeout "$limit_s" /usr/bin/python3 docs/examples/grow_and_kill.py "$tree") \
		>"$scratch/out" 2>"$scratch/errors" </dev/null
}

check 'it has 40 lines at most' [ "$(wc -l <docs/examples/grow_and_kill.py)" -le 40 ]
example
is 'without a tree it says so' "$? $(cat "$scratch/errors")" "1 no tree named $tree is up; bring it up with: bonsai up --tree $tree"
is 'up' "$(marked "$BUILD/bonsai" up --tree "$tree" --heartbeat 200 2>&1)" "OK: the tree $tree is up"
example
is 'it ends with status 0' "$?$(cat "$scratch/errors")" 0
like 'it grows a tree' "$(head -n 1 "$scratch/out")" "grown: \{.*'count': 15.*\}"
like 'and tells of the loss' "$(tail -n 1 "$scratch/out")" \
	"told: \{'event': 'lost', 'node': 5, 'cause': 'killed by signal 9', .*'unavailable': .*\}"
example
is 'what is refused is said' "$? $(cat "$scratch/errors")" "1 Already exists: 1 (grow makes nodes 1 to N; create makes single ones)"
is 'down' "$(marked "$BUILD/bonsai" down --tree "$tree" 2>&1)" "OK: the tree $tree is down, and nothing of it is left"
nothing_left 'nothing is left'
finish_tests
