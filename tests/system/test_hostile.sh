#!/bin/bash
# A hostile agent, hostile.c as a program of node 3: what it says in others' names is counted and dropped at its
# parent, and nobody else notices. In the process backend, where any program can pose as an agent; test_origin.sh
# tries that where none can.
. tests/lib/system.sh
hostile=$BUILD/tests/system/hostile
rounds=200
[ -x "$hostile" ] || die 'hostile is built' "no $hostile: make tests"

# count NAME: how often node 6 has counted it.
count() {
	send 'stats 6'
	read_line || die 'stats' "$(cat "$errors")"
	[[ $line =~ " $1="([0-9]+) ]] || die "stats have $1" "got: $line"
	echo "${BASH_REMATCH[1]}"
}

# What was sent has arrived; what came by big frames and broken connections comes on top of that.
has_counted() { [ "$(count foreign)" -ge "$foreign" ] && [ "$(count malformed)" -ge "$malformed" ]; }

start --backend process
create 6 3 8 7 2
try 'exec 8 start' 'OK: 8 start'
is 'nothing foreign is counted yet' "$(count foreign)" 0
# Node 3 was the second one made, so its edge has the second pair of addresses.
send "exec 3 -- $hostile 3 8 6 127.0.1.2 $rounds"
expect 'a hostile agent speaks in the name of others' 'foreign [0-9]+ malformed [0-9]+'
read -r _ foreign _ malformed <<<"$line"
[[ ${malformed-} =~ ^[0-9]+$ ]] || die "it says how much"
check 'it has said a lot' [ "$foreign" -ge "$rounds" ]
check 'its parent has counted what is foreign or malformed' until_true has_counted
echo "# of $foreign foreign ones and $malformed malformed ones node 6 counted $(count foreign) and $(count malformed)"
is 'of the foreign ones no more' "$(count foreign)" "$foreign"
try pingall 'OK: 6 (3 8|8 3) (7 2|2 7)'
try 'exec 8 time' 'OK: 8 time: [1-9][0-9]*'
try 'exec 7 -- printenv BONSAI_NODE' 7
try 'exec 2 -- printenv BONSAI_NODE' 2
try 'exec 3 -- printenv BONSAI_NODE' 3
try 'create 43 1' 'OK: [0-9]+' 'OK: [0-9]+'
try 'remove 3' OK
try 'create 3' 'OK: [0-9]+'
try pingall 'OK: 6 (3 8|8 3) (7 43|43 7)'
bye
finish_tests
