#!/bin/bash
# A hostile child, hostile.c run inside node 3: what it says in others' names is counted and dropped at
# its parent; nobody else notices, and other edges' addresses are not to be reached.
. tests/lib/system.sh
hostile=$BUILD/tests/system/hostile
rounds=200
[ -x "$hostile" ] || die 'hostile is built' "no $hostile: make tests"

# Into node 3 by argument lists, for nothing of the host is seen there.
bring_in() {
	local piece
	cp "$hostile" "$scratch/hostile"
	strip "$scratch/hostile" 2>/dev/null
	while read -r piece; do
		send "exec 3 -- sh -c 'echo $piece >>/tmp/hostile.b64'"
	done < <(gzip -9c "$scratch/hostile" | base64 -w 60000)
	try "exec 3 -- sh -c 'base64 -d /tmp/hostile.b64 | gzip -d >/tmp/hostile && chmod +x /tmp/hostile && echo there'" there
}

# count NAME: how often node 6 has counted it.
count() {
	send 'stats 6'
	read_line || die 'stats' "$(cat "$errors")"
	[[ $line =~ " $1="([0-9]+) ]] || die "stats have $1" "got: $line"
	echo "${BASH_REMATCH[1]}"
}

# What was sent has arrived; what came by big frames and broken connections comes on top of that.
has_counted() { [ "$(count foreign)" -ge "$foreign" ] && [ "$(count malformed)" -ge "$malformed" ]; }

start
create 6 3 8 7 2
try 'exec 8 start' 'OK: 8 start'
bring_in
is 'nothing foreign is counted yet' "$(count foreign)" 0
send "exec 3 -- /tmp/hostile 3 8 6 $rounds"
expect 'no edge but its own is to be reached' 'reached parent 2 others 0'
expect 'a hostile child speaks in the name of others' 'foreign [0-9]+ malformed [0-9]+'
read -r _ foreign _ malformed <<<"$line"
[[ ${malformed-} =~ ^[0-9]+$ ]] || die "it says how much"
check 'it has said a lot' [ "$foreign" -ge "$rounds" ]
check 'its parent has counted what is foreign or malformed' until_true has_counted
echo "# of $foreign foreign ones and $malformed malformed ones node 6 counted $(count foreign) and $(count malformed)"
is 'of the foreign ones no more' "$(count foreign)" "$foreign"
try pingall 'OK: 6 (3 8|8 3) (7 2|2 7)'
try 'exec 8 time' 'OK: 8 time: [1-9][0-9]*'
try 'exec 7 -- hostname' n7
try 'exec 2 -- hostname' n2
try 'exec 3 -- hostname' n3
try 'create 43 1' 'OK: [0-9]+' 'OK: [0-9]+'
try 'remove 3' OK
try 'create 3' 'OK: [0-9]+'
try pingall 'OK: 6 (3 8|8 3) (7 43|43 7)'
is 'standard error has what the hostile child reached, and no more' "$(grep -vc ' answers by ' "$errors")" 0
bye
finish_tests
