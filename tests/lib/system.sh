# Shared by the system tests: TAP, a bonsai that a test drives through pipes, and the check that
# nothing of it is left. Sourced by tests/system/*.sh, which run from the top of the source tree with
# BUILD, the folder of the programs.
#
# Each program that a test starts through `marked` has an oom_score_adj that no other process on the
# machine has. Fork and exec inherit the value, a program without privileges cannot lower it, and all
# can read it. So a test finds each process that is left, whatever its parent is by then.
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
starved=0 # lines that report a starved node
scratch=$(mktemp -d /tmp/tree-test.XXXXXX) || exit 2
# Tests use the default backend, or both of these where the backend matters; BACKEND replaces both.
backends='ns process'
if [ -n "${BACKEND:-}" ]; then
	backends=$BACKEND
	export BONSAI_BACKEND=$BACKEND
fi
# Without this a bonsai that gets no name would join a tree that is up on this host.
export BONSAI_TREE=of-no-test
trap '' PIPE # a write to a program that has exited is an error like others
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

# Ends the test with a failure, for when going on makes no sense.
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

# until_true COMMAND...: runs the command until it succeeds; false after limit_s seconds.
until_true() {
	local end=$((SECONDS + limit_s))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# --- what is there, and what is left -------------------------------------------------------------

# Prints the processes with the mark, except zombies, which the reaper of orphans here must reap.
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
		# Tests that run at the same time draw from separate ranges.
		mark=$((600 + TEST_SLOT % 8 * 50 + RANDOM % 50))
		[ -z "$(marked_pids)" ] && return
	done
	echo 'Bail out! no free mark'
	exit 2
}

# Runs a program under the mark, with the signals of a shell's foreground programs.
marked() { # PROGRAM ARG...; only in a subshell of its own
	echo "$mark" >"/proc/$BASHPID/oom_score_adj" || echo 'marked: cannot set oom_score_adj' >&2
	exec env --default-signal "$@"
}

# Reads /proc/locks and takes no lock: a test must not hinder the controller of another test.
is_locked() { # FOLDER
	local inode
	inode=$(stat -c %i "$1" 2>/dev/null) || return 0 # the folder is gone meanwhile
	grep -qE " FLOCK .*:$inode " /proc/locks
}

# Prints one line for each object, other than a process, that exists and may come from this test.
census() {
	local pid ns its
	while read -r ns pid; do
		# Another program's process, without the mark, holds the other namespaces.
		{ read -r its <"/proc/$pid/oom_score_adj"; } 2>/dev/null && [ "$its" = "$mark" ] &&
			echo "network namespace $ns"
	done < <(lsns -n -t net -o NS,PID 2>/dev/null)
	# The kernel mounts debugfs and tracefs by itself when a process looks there.
	grep -vE ' - (debugfs|tracefs) ' /proc/self/mountinfo | sed 's/^/mount /'
	ls /sys/class/net | grep -xE 'up|c[0-9]+' | sed 's/^/interface /'
	# Skip the group of a running launcher: if the launcher is of this test, marked_pids finds it.
	find /sys/fs/cgroup -maxdepth 4 -type d -name '*bonsai*' 2>/dev/null | while read -r folder; do
		pid=${folder##*bonsai-}
		[ -e "/proc/${pid%%/*}" ] || echo "cgroup $folder"
	done
	find /run/bonsai /tmp/bonsai-"$uid" /tmp/bonsai-0 ${XDG_RUNTIME_DIR:+"$XDG_RUNTIME_DIR/bonsai"} \
		-maxdepth 1 -type d 2>/dev/null | while read -r folder; do
		# The folder of a running tree is locked, and its base folder is not empty.
		case ${folder##*/} in
		# A base folder that this user cannot read belongs to another user.
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

# start [ARG...]: starts a bonsai with pipes. Sets $pid; a test writes to $to and reads from $from;
# the file $errors gets standard error. The array `wrapper` is a program that runs bonsai.
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

# Reads the next line into $line; false at the end, or after limit_s seconds without a line. Skips
# reports that a node got no processor time: they are about the machine and are no replies.
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

# expect NAME REGEX...: reads as many lines; each must match its expression.
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

# try COMMAND REGEX...: sends the command and expects the lines.
try() {
	send "$1"
	expect "$@"
}

# await NAME REGEX: reads lines until one matches; $passed gets the lines before it.
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

# create ID...: creates the nodes and stores their pids in node_pid[ID].
declare -A node_pid
create() { # ID...
	local id
	for id; do
		try "create $id" 'OK: [0-9]+'
		node_pid[$id]=${line#OK: }
	done
}

# cli_pid [REGEX]: the bonsai of this test whose arguments match. Its guard has the same arguments,
# but another name.
cli_pid() {
	local candidate
	for candidate in $(marked_pids); do
		[ "$(cat "/proc/$candidate/comm" 2>/dev/null)" = bonsai ] || continue
		tr '\0' ' ' <"/proc/$candidate/cmdline" 2>/dev/null | grep -q -- "${1:-}" && echo "$candidate"
	done
}

is_gone() { [ ! -e "/proc/$1" ]; }

# ended NAME STATUS: waits until bonsai exits by itself; its status must be STATUS.
ended() {
	local status
	until_true is_gone "$pid" || die "$1" 'bonsai did not end' "$(left_over)"
	wait "$pid"
	status=$?
	is "$1" "$status" "$2"
	[ "$status" = "$2" ] || sed 's/^/# standard error: /' "$errors"
}

# bye: sends exit, and checks the status and that nothing is left.
bye() {
	send exit
	ended 'exit ends with status 0' 0
	nothing_left 'nothing is left'
}

# shows NAME REGEX: waits until the screen matches, then drops its text up to the end of the match.
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

# child_of PID: prints the child of PID that is a controller or a launcher.
child_of() {
	ps -o pid=,args= --ppid "$1" | awk '/bonsaid/ { print $1; exit }'
}

take_mark
census | sort >"$scratch/census"
