#!/bin/bash
# What programs of nodes may do beyond the default, where an operator wants it: capabilities within the node. That they
# are had, by programs and not by the agent, are shown, and are no finding of an audit; and what is refused.
. tests/lib/system.sh
. tests/lib/tree.sh privileges

caps_of() { "$BUILD/bonsai" "$1" --tree "$tree" --json ${2:+"$2"} | sed -n 's/.*"capabilities":\(\[[^]]*\]\).*/\1/p'; }
sets() { "$BUILD/bonsai" exec --tree "$tree" "$1" -- grep ^Cap "/proc/$2/status" | cut -f2 | sed 's/^0*//' | paste -sd' '; }

echo '# what is no capability'
for word in NONE 13 cap_ CAP_NET_RAW,, ''; do
	t 3 '' "Error: no capability of this kernel: .*" up --cap-add "$word"
done
t 3 '' 'Error: capabilities: those of nodes of this backend are not ours to give' up --backend process --cap-add net_raw
t 2 '' 'Error: .*--cap-add and limits are for a tree that is made, not for: ps .*' ps --cap-add NET_RAW
is 'bonsaid says so as well' "$( (marked "$BUILD/bonsaid" --cap-add NONE 2>&1); echo $?)" $'Error: no capability of this kernel: NONE\n1'

echo '# none'
t 0 'OK:.*' '' up
t 0 'OK: [0-9]+' '' create 1
is 'is what there is by default' "$(caps_of info) $(caps_of inspect 1)" '[] []'
is 'of programs as well' "$(sets 1 self)" '    '
t 1 '' 'Error: no capability of this kernel: FOO' create 2 --cap-add NET_RAW,FOO
t 1 '' 'Error: Not found' inspect 2
t 1 '' 'Error: no such limit: capabilities' set 1 --cap-add NET_RAW
t 0 'OK:.*' '' down

echo '# some'
t 0 'OK:.*' '' up --cap-add net_raw
t 0 'OK: [0-9]+' '' create 1
t 0 'OK: [0-9]+' '' create 2 --cap-add NET_ADMIN,cap_chown
is 'those of the tree are shown' "$(caps_of info)" '["CAP_NET_RAW"]'
is 'each node has them' "$(caps_of inspect 1)" '["CAP_NET_RAW"]'
is 'and its own' "$(caps_of inspect 2)" '["CAP_CHOWN","CAP_NET_ADMIN","CAP_NET_RAW"]'
is 'programs have them' "$(sets 1 self)" '2000 2000 2000 2000 2000'
# In effect is what an agent keeps for itself: CAP_NET_BIND_SERVICE, on some kernels CAP_NET_ADMIN as well.
like 'in the agent they are not in effect' "$(sets 1 1)" '2000 (24|34)00 (4|14)00 2000 2000'
is 'who enters has them as well' "$("$BUILD/bonsai" enter --tree "$tree" 2 grep ^CapEff /proc/self/status | cut -f2)" 0000000000003001
raw='import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print("raw")'
if [ -x /usr/bin/python3 ]; then t 0 raw '' exec 1 -- /usr/bin/python3 -c "$raw"; fi
mtu='ip link set lo mtu 1400 && cat /sys/class/net/lo/mtu'
if [ -x /usr/sbin/ip ] || [ -x /usr/bin/ip ]; then
	t 0 1400 '' exec 2 -- sh -c "$mtu"
	t 2 '' '.*Operation not permitted' exec 1 -- sh -c "$mtu"
fi
t 1 '.*' '.*Permission denied' exec 2 -- cat /proc/1/environ
t 0 $'(ok +[a-z_]+ +.*\n?){13}' '' audit 2
like 'an audit says what was given' "$out" $'.*capabilities none in the five sets of each but 0000000000003001, as was given; the agent.s own are 0000000000001?400\n.*'
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
is 'they are on record for another controller' "$(caps_of info) $(caps_of inspect 2)" '["CAP_NET_RAW"] ["CAP_CHOWN","CAP_NET_ADMIN","CAP_NET_RAW"]'
t 0 OK '' set tree --disk 1M
is 'what else is set leaves them' "$(caps_of info)" '["CAP_NET_RAW"]'
t 0 'OK:.*' '' down

echo '# system calls'
profile=$scratch/profile
refused='{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}'
echo "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[$refused]}" >"$profile"
echo "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[$refused],\"priority\":1}" >"$profile.wrong"
t 3 '' 'Error: seccomp profile /nowhere: No such file or directory' up --seccomp /nowhere
t 3 '' 'Error: seccomp profile: a member that is not understood: priority' up --seccomp "$profile.wrong"
t 3 '' 'Error: --seccomp: nodes of this backend have no filter' up --backend process --seccomp unconfined
t 2 '' 'Error: .* are for a tree that is made, not for: ps .*' ps --seccomp unconfined
seccomp_of() { "$BUILD/bonsai" "$1" --tree "$tree" --json ${2:+"$2"} | sed -n 's/.*"seccomp":"\([a-z]*\)".*/\1/p'; }
top=$PWD
cd "${profile%/*}" || exit
t 0 'OK:.*' '' up --seccomp "${profile##*/}"
cd "$top" || exit
t 0 'OK: [0-9]+' '' create 1
is 'it is shown' "$(seccomp_of info) $(seccomp_of inspect 1)" 'custom custom'
rm "$profile" # it has been read
t 1 '' 'mkdir: .*No space left on device' exec 1 -- mkdir /tmp/x
t 1 '' 'mkdir: .*No space left on device' enter 1 mkdir /tmp/x
t 0 $'(ok +[a-z_]+ +.*\n?){13}' '' audit 1
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
t 0 'OK: [0-9]+' '' create 2
is 'another controller knows of it' "$(seccomp_of info)" custom
t 1 '' 'mkdir: .*No space left on device' exec 2 -- mkdir /tmp/x
t 0 'OK:.*' '' down
t 0 'OK:.*' '' up --seccomp unconfined
t 0 'OK: [0-9]+' '' create 1
is 'none is shown as well' "$(seccomp_of info)" unconfined
is 'there is none' "$("$BUILD/bonsai" exec --tree "$tree" 1 -- sed -n 's/^Seccomp:.//p' /proc/self/status)" 0
is 'nor for who enters' "$("$BUILD/bonsai" enter --tree "$tree" 1 sed -n 's/^Seccomp:.//p' /proc/self/status)" 0
t 1 '.*' '' audit 1
like 'which an audit finds' "$out" $'.*finding seccomp +Seccomp of the agent is 0, not 2\n.*'
t 0 'OK:.*' '' down
t 0 'OK:.*' '' up
is 'the default is that' "$(seccomp_of info)" default
t 0 'OK:.*' '' down

echo '# ids on the host'
for range in 0:100 5:0 5 5: :5 5:5x 4294967295:1 4294967290:6 99999999999:1 0x10:5 '1 :5'; do
	t 3 '' 'Error: --uid-range.*' up --uid-range "$range"
done
id_of() { "$BUILD/bonsai" inspect --tree "$tree" --json "$1" | sed -n 's/.*"uid":\([0-9]*\),"gid":\([0-9]*\),.*/\1:\2/p'; }
if [ "$uid" = 0 ]; then
	t 3 '' 'Error: --uid-range: nodes of this backend have your own id' up --backend process --uid-range 2100000000:100
	t 0 'OK:.*' '' up --uid-range 2100000000:100
	t 0 'OK: [0-9]+' '' create 7
	init=${out#OK: }
	t 0 'OK: [0-9]+' '' create 107
	is 'a node has one of the range' "$(id_of 7)" 2100000007:2100000007
	is 'the kernel says so' "$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$init/status")" 2100000007
	is 'past its end it begins anew' "$(id_of 107)" 2100000007:2100000007
	t 0 $'(ok +[a-z_]+ +.*\n?){13}' '' audit 7
	like 'an audit sees it as well' "$out" $'.*ids +one, 2100000007:2100000007 on the host\n.*'
	is 'in there it is root' "$("$BUILD/bonsai" exec --tree "$tree" 7 -- id -u)" 0
	is 'and files in there are its own' "$("$BUILD/bonsai" exec --tree "$tree" 7 -- sh -c 'touch /tmp/f; stat -c %u /tmp/f')" 0
	t 0 'OK:.*' '' down
else
	t 3 '' 'Error: --uid-range is for root: nodes have your own id' up --uid-range 2100000000:100
fi
t 0 'OK:.*' '' up
t 0 'OK: [0-9]+' '' create 7
is 'without it, it is ours' "$(id_of 7)" "$([ "$uid" = 0 ] && echo 1900000007:1900000007 || echo "$uid:$(id -g)")"
t 0 'OK:.*' '' down
nothing_left 'nothing is left'
finish_tests
