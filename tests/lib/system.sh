# What the system tests share: TAP, a bonsai to talk with through pipes, and the proof
# that nothing of it is left. Sourced by tests/system/*.sh, which are run with BUILD (the
# folder of the programs) from the top of the source tree.
#
# Everything that a test starts through `marked` carries an oom_score_adj that nothing else on the
# machine has. It is inherited by fork and exec, can't be lowered by a program without privileges and
# is readable by all, so whatever is left over is found wherever it was reparented to.
#
# Time never decides: each wait is for an event, and a wait of limit_s seconds is a failure.
set -u
: "${BUILD:?the folder with bonsai, bonsaid and bonsai-node}"
[ -x "$BUILD/bonsai" ] || { echo "Bail out! $BUILD/bonsai is not there"; exit 2; }
BUILD=$(cd "$BUILD" && pwd)
limit_s=${LIMIT_S:-180}
: "${TEST_SLOT:=0}"
uid=$(id -u)
tests=0 failures=0
starved=0 # lines that say so
scratch=$(mktemp -d /tmp/tree-test.XXXXXX) || exit 2
# Trees are of the default backend, and where it matters of two; BACKEND makes all of that one.
backends='ns process'
if [ -n "${BACKEND:-}" ]; then
	backends=$BACKEND
	export BONSAI_BACKEND=$BACKEND
fi
# No tree that is up on this host is joined by a bonsai that is told of none.
export BONSAI_TREE=of-no-test
trap '' PIPE # to write to one that ended is an error like others
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# --- TAP -----------------------------------------------------------------------------------------

ok() { # NAME
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

not_ok() { # NAME DIAGNOSTIC...
	tests=$((tests + 1)) failures=$((failures + 1))
	echo "not ok $tests - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | cut -c 1-400 | sed 's/^/# /'
}

skip() { # NAME REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# For when going on makes no sense.
die() { # NAME DIAGNOSTIC...
	not_ok "$@"
	exit 1
}

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then ok "$name"; else not_ok "$name" "failed: $*"; fi
}

is() { # NAME GOT WANTED
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi
}

like() { # NAME GOT REGEX, of the whole text
	if [[ $2 =~ ^($3)$ ]]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi
}

# The last command of every test.
finish_tests() {
	echo "1..$tests"
	exit $((failures > 0))
}

sanitized() { grep -q __asan_init "$BUILD/bonsaid"; }

# --- waiting -------------------------------------------------------------------------------------

# until_true COMMAND...: polls it; false when limit_s have passed.
until_true() {
	local end=$((SECONDS + limit_s))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# --- what is there, and what is left -------------------------------------------------------------

# Processes that carry the mark, zombies left out: those are for whoever reaps orphans here.
marked_pids() {
	local pid stat
	for pid in $(grep -lx -- "$mark" /proc/[0-9]*/oom_score_adj 2>/dev/null | cut -d/ -f3); do
		{ IFS= read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
		[[ ${stat##*) } == Z* ]] || echo "$pid"
	done
}

take_mark() {
	local tries
	for tries in {1..100}; do
		# Tests that run side by side draw from ranges of their own.
		mark=$((600 + TEST_SLOT % 8 * 50 + RANDOM % 50))
		[ -z "$(marked_pids)" ] && return
	done
	echo 'Bail out! no free mark'
	exit 2
}

# Runs a program under the mark, with the signals as a shell's foreground programs have them.
marked() { # PROGRAM ARG...; in a subshell of its own
	echo "$mark" >"/proc/$BASHPID/oom_score_adj" || echo 'marked: cannot set oom_score_adj' >&2
	exec env --default-signal "$@"
}

# By looking, not by locking: a test must not be in the way of another's controller.
is_locked() { # FOLDER
	local inode
	inode=$(stat -c %i "$1" 2>/dev/null) || return 0 # gone meanwhile
	grep -qE " FLOCK .*:$inode " /proc/locks
}

# One line each: what of the kind is there and could be of ours, apart from processes.
census() {
	local pid ns its
	while read -r ns pid; do
		# Held by one without the mark: another program's.
		{ read -r its <"/proc/$pid/oom_score_adj"; } 2>/dev/null && [ "$its" = "$mark" ] &&
			echo "network namespace $ns"
	done < <(lsns -n -t net -o NS,PID 2>/dev/null)
	# The kernel mounts those two by itself for whoever looks there.
	grep -vE ' - (debugfs|tracefs) ' /proc/self/mountinfo | sed 's/^/mount /'
	ls /sys/class/net | grep -xE 'up|c[0-9]+' | sed 's/^/interface /'
	# That of a launcher which lives is seen by its process, if it is one of this test.
	find /sys/fs/cgroup -maxdepth 4 -type d -name '*bonsai*' 2>/dev/null | while read -r folder; do
		pid=${folder##*bonsai-}
		[ -e "/proc/${pid%%/*}" ] || echo "cgroup $folder"
	done
	find /run/bonsai /tmp/bonsai-"$uid" /tmp/bonsai-0 ${XDG_RUNTIME_DIR:+"$XDG_RUNTIME_DIR/bonsai"} \
		-maxdepth 1 -type d 2>/dev/null | while read -r folder; do
		# A folder whose owner lives is locked, and its base is not empty.
		case ${folder##*/} in
		# What may not be read is somebody else's.
		bonsai | bonsai-[0-9]*) [ ! -r "$folder" ] || [ -n "$(ls -A "$folder")" ] || echo "folder $folder" ;;
		*) is_locked "$folder" || echo "folder $folder" ;;
		esac
	done
}

left_over() {
	local pid
	for pid in $(marked_pids); do
		echo "process $pid: $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
	done
	census | sort | comm -13 "$scratch/census" -
}

is_nothing_left() { [ -z "$(left_over)" ]; }

nothing_left() { # NAME
	if until_true is_nothing_left; then
		ok "$1"
	else
		not_ok "$1" "$(left_over)"
	fi
}

clean_up() {
	local pid
	for pid in $(marked_pids); do kill -KILL "$pid" 2>/dev/null; done
	rm -rf --one-file-system "$scratch"
}

# --- talking with a bonsai -----------------------------------------------------------------------

# start [ARG...]: a bonsai with pipes: $pid, write to $to, read from $from, errors in $errors.
# `wrapper`, an array, is a program to run it by.
start() {
	close_session
	rm -f "$scratch/in" "$scratch/out"
	mkfifo "$scratch/in" "$scratch/out"
	errors=$scratch/errors
	(marked ${wrapper[@]+"${wrapper[@]}"} "${program:-$BUILD/bonsai}" "$@") \
		<"$scratch/in" >"$scratch/out" 2>"$errors" &
	pid=$!
	exec {to}>"$scratch/in" {from}<"$scratch/out"
}

close_session() {
	if [ -n "${to:-}" ]; then exec {to}>&-; to=; fi
	if [ -n "${from:-}" ]; then exec {from}<&-; from=; fi
}

send() { # LINE...
	printf '%s\n' "$@" >&"$to" 2>/dev/null
}

# The next line into $line; false at the end, or when none came in time. That a node got no
# processor time is the machine's word, not an answer.
read_line() {
	line=
	while IFS= read -r -t "$limit_s" -u "$from" line; do
		case $line in
		*' was starved itself and waits' | *' is silent, but waits for a processor')
			starved=$((starved + 1))
			echo "# $line"
			;;
		*) return 0 ;;
		esac
	done
	return 1
}

# expect NAME REGEX...: so many lines come, each as its expression says.
expect() {
	local name=$1 wanted got=() bad=
	shift
	for wanted; do
		read_line || die "$name" "got: ${got[*]-}${line:+ $line}" "then no line, for: $wanted" \
			"standard error: $(cat "$errors")"
		got+=("$line")
		[[ $line =~ ^($wanted)$ ]] || bad=1
	done
	if [ -n "$bad" ]; then
		not_ok "$name" "${got[@]/#/got:    }" "${@/#/wanted: }"
	else
		ok "$name"
	fi
}

# try COMMAND REGEX...: sends it, and expects.
try() {
	send "$1"
	expect "$@"
}

# await NAME REGEX: takes lines until one is as it says; $passed has those before.
await() {
	passed=()
	while read_line; do
		if [[ $line =~ ^($2)$ ]]; then
			ok "$1"
			return
		fi
		passed+=("$line")
	done
	die "$1" "wanted: $2" "${passed[@]/#/got: }" "standard error: $(cat "$errors")"
}

# create ID: and its pid into node_pid[ID].
declare -A node_pid
create() { # ID...
	local id
	for id; do
		try "create $id" 'OK: [0-9]+'
		node_pid[$id]=${line#OK: }
	done
}

# cli_pid [REGEX]: the bonsai of this test with these words; its guard has the same, but another name.
cli_pid() {
	local candidate
	for candidate in $(marked_pids); do
		[ "$(cat "/proc/$candidate/comm" 2>/dev/null)" = bonsai ] || continue
		tr '\0' ' ' <"/proc/$candidate/cmdline" 2>/dev/null | grep -q -- "${1:-}" && echo "$candidate"
	done
}

is_gone() { [ ! -e "/proc/$1" ]; }

# ended NAME STATUS: bonsai ends by itself, so.
ended() {
	local status
	until_true is_gone "$pid" || die "$1" 'bonsai did not end' "$(left_over)"
	wait "$pid"
	status=$?
	is "$1" "$status" "$2"
	[ "$status" = "$2" ] || sed 's/^/# standard error: /' "$errors"
}

# bye: exit, and the proof.
bye() {
	send exit
	ended 'exit ends with status 0' 0
	nothing_left 'nothing is left'
}

# shows NAME REGEX: it appears on the screen; what came up to it is forgotten.
shows() {
	local end=$((SECONDS + limit_s)) piece
	until [[ $screen =~ $2 ]]; do
		if ! IFS= read -r -d '' -n 1 -t "$limit_s" -u "$from" piece || [ $SECONDS -ge $end ]; then
			die "$1" "wanted: $2" "screen: $(tr -d '\000-\010\013-\037' <<<"$screen")"
		fi
		screen+=$piece
	done
	ok "$1"
	screen=${screen#*"${BASH_REMATCH[0]}"}
}

types() { printf '%b' "$1" >&"$to"; }

# child_of PID: its one child that is a controller or a launcher.
child_of() {
	ps -o pid=,args= --ppid "$1" | awk '/bonsaid/ { print $1; exit }'
}

take_mark
census | sort >"$scratch/census"
