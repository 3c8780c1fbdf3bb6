#!/bin/bash
# A program and a tree in a virtual machine: what goes in and comes out, how it ends, and that nothing is left then.
# shellcheck source=tests/lib/system.sh
. tests/lib/system.sh
take_mark
command -v linux.uml >/dev/null || { skip 'a virtual machine' 'user-mode-linux is not installed (tests/lib/install-deps vm)'; finish_tests; }

# The guest's memory is a file there.
place=$(mktemp -d /dev/shm/tree-test.XXXXXX) || exit 2
export TMPDIR=$place
trap 'rmdir "$place"; clean_up' EXIT
is_all_gone() { [ -z "$(ls -A "$place")" ] && [ -z "$(marked_pids)" ]; }
all_gone() { check "$1" until_true is_all_gone; }

v() { (marked "$BUILD/bonsai" vm --engine uml "$@"); } # ARG...
# Runs one in the background; $pid is the program of the host.
launch() {
	: >"$scratch/out" # so that nobody finds in it what the one before wrote
	(marked "$BUILD/bonsai" vm --engine uml "$@") </dev/null >"$scratch/out" 2>"$scratch/err" &
	pid=$!
}
# What the kernel lists may lack one for a moment.
has_keeper() { keeper=$(cat "/proc/$pid/task/$pid/children") && [ -n "$keeper" ]; }
has_begun() { grep -q begun "$scratch/out"; }

refused() { # STATUS TEXT ARG...
	local status=$1 text=$2 got
	shift 2
	got=$(v "$@" 2>&1 </dev/null)
	is "$* is refused" "$? $got" "$status $text"
}

echo '# what is wrong is said before anything is booted'
hint='(see bonsai --help)'
refused 2 "Error: no engine, not uml or qemu: xen $hint" --engine xen true
refused 2 "Error: no memory of a machine, 128M at least: 1M $hint" --memory 1M true
refused 2 "Error: no number of processors, 1 to 64: 0 $hint" --cpus 0 true
refused 2 "Error: no timeout, 1 to 86400 seconds: 0 $hint" --timeout 0 true
refused 2 "Error: unknown option: --frob $hint" --frob true
refused 2 "Error: option needs an argument: --memory $hint" --memory
refused 2 "Error: no name of an image: / $hint" --image / true
refused 125 'Error: vm: user-mode Linux has one processor; for more: --engine qemu' --cpus 2 true
refused 125 'Error: vm: execute the kernel /nowhere: No such file or directory' --kernel /nowhere true
refused 125 "Error: vm: $BUILD/bonsai is no kernel of user-mode Linux" --kernel "$BUILD/bonsai" true
refused 125 'Error: vm: the folder to share, /nowhere: No such file or directory' --share /nowhere true
refused 125 'Error: vm: the disk /nowhere: No such file or directory' --disk /nowhere true
refused 125 'Error: vm: there is no image no-such' --image no-such true
refused 125 'Error: vm: write /nowhere/x: No such file or directory' --console /nowhere/x true
like 'more memory than there is room for is refused' "$(v --memory 4000T true 2>&1)" \
	"Error: vm: no room for the guest's memory of [0-9]+ MiB: .* has [0-9]+ MiB free; take less \(--memory\), or set TMPDIR to a folder with more"
like 'help is there' "$(v --help)" 'Usage: bonsai vm .*user-mode Linux.*'
all_gone 'nothing is left of all that'

# The sanitizers' own memory has no room in user-mode Linux, where a tree would be of programs that have them.
if ! sanitized; then
echo '# a program, beside a tree'
mkdir "$scratch/share"
got=$(v --share "$scratch/share" sh -c '
	bonsai create 1 2 >/dev/null && bonsai pingall
	uname -r
	id -u
	ulimit -Hn
	echo for errors >&2
	head -c 70000 /dev/zero >/share/result
	touch "$0"
	exit 7' "$scratch/made" </dev/null 2>"$scratch/err")
is 'it has a tree, and a status' "$? $got" "7 OK: 1 2
$(linux.uml --version)
0
524288"
is 'its errors are apart' "$(cat "$scratch/err")" 'for errors'
is 'what it shared is there' "$(stat -c %s "$scratch/share/result")" 70000
check 'what it wrote elsewhere is not' [ ! -e "$scratch/made" ]
all_gone 'nothing is left'

echo '# from an image, which has nothing of the host'
export BONSAI_IMAGES=$scratch/images
like 'a recipe makes one' "$("$BUILD/bonsai" image build machine 2>&1)" 'OK: the image machine: .*'
is 'it has a tree, and a status' "$(v --image machine sh -c '
	bonsai create 1 2 >/dev/null && bonsai pingall
	bonsai exec 2 -- hostname
	ls -d /usr/share
	exit 7' </dev/null 2>/dev/null; echo $?)" $'OK: 1 2\nn2\n7'
"$BUILD/bonsai" image build busybox >/dev/null
refused 125 'Error: vm: the image busybox has no bonsai in it; bonsai image build machine makes one that has' --image busybox true
all_gone 'nothing is left'
fi

echo '# input and output'
seq 20000 >"$scratch/numbers"
is 'input comes through' "$(v --no-tree sha256sum <"$scratch/numbers")" "$(sha256sum <"$scratch/numbers")"
is 'output too, until it ends' "$(v --no-tree seq 300000 </dev/null | sha256sum)" "$(seq 300000 | sha256sum)"
is 'who reads no more ends it' "$(v --no-tree yes </dev/null 2>&1 | head -n 1)" y
sanitized || like 'lines are commands without a program' "$(printf 'create 1 2\npingall\nremove 1\n' | v)" $'OK: [0-9]+\nOK: [0-9]+\nOK: 1 2\nOK'
got=$(marked script -q -e -c "stty rows 33 cols 77; TERM=vt100 '$BUILD/bonsai' vm --engine uml --no-tree sh -c 'tty; stty size; echo \$TERM'" \
	/dev/null </dev/null 2>&1)
like 'at a terminal it has one' "$(tr -d '\r' <<<"$got" | tail -n 3)" $'.*/dev/pts/0\n33 77\nvt100'
all_gone 'nothing is left'

echo '# its end'
launch --no-tree sh -c 'trap "echo caught; exit 5" TERM; echo begun; while :; do sleep 0.1; done'
check 'a program runs' until_true has_begun
kill -TERM $pid
wait $pid
is 'a signal is for the program' "$? $(tail -n 1 "$scratch/out")" '5 caught'
launch --no-tree sh -c 'trap "echo told" TERM; echo begun; while :; do sleep 0.1; done'
check 'a program runs' until_true has_begun
kill -TERM $pid
is_told() { grep -q told "$scratch/out"; }
until_true is_told
kill -INT $pid
wait $pid
is 'the second one ends the machine' $? 130
all_gone 'nothing is left'
launch sleep 1000
check 'one boots' until_true has_keeper
kill -INT $pid
wait $pid
is 'so does the first one while it boots' "$? $(cat "$scratch/err")" '130 '
all_gone 'nothing is left'
launch --no-tree sh -c 'echo begun; sleep 1000'
check 'a program runs' until_true has_begun
kill -KILL $pid
wait $pid 2>/dev/null
all_gone 'killed, nothing is left'
launch --no-tree sh -c 'echo begun; sleep 1000'
check 'a program runs' until_true has_begun
until_true has_keeper
kill -KILL $keeper
wait $pid
like 'without its keeper it ends' "$? $(cat "$scratch/err")" '125 Error: vm: the guest ended: .*'
is_alone() { [ -z "$(marked_pids)" ]; }
check 'no process is left' until_true is_alone
all_gone 'nothing is left'
launch --no-tree sh -c 'echo begun; echo c >/proc/sysrq-trigger'
wait $pid
like 'a panic is told' "$? $(cat "$scratch/err")" '125 Error: vm: the guest ended.*: .*Kernel panic - not syncing: sysrq triggered crash.*'
all_gone 'nothing is left'
launch --no-tree sh -c 'echo begun; sleep 1000'
check 'a program runs' until_true has_begun
is 'another one beside it' "$(v --no-tree echo well)" well
# It hangs: its kernel runs no more.
for engine in $(marked_pids); do
	[[ $(readlink "/proc/$engine/exe") != */linux.uml ]] || kill -STOP "$engine"
done
wait $pid
like 'one that hangs is given up' "$? $(cat "$scratch/err")" '125 Error: vm: the guest has not answered for 120 s, and is given up'
all_gone 'nothing is left'
v --no-tree --timeout 1 sleep 1000 </dev/null
is 'the time is over' $? 124
all_gone 'nothing is left'

finish_tests
