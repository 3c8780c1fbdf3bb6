#!/bin/bash
# bonsai doctor: says that the ns backend works where it does; of a process that lacks one thing it names that
# and the command that mends it; leaves nothing behind.
. tests/lib/system.sh

# doctor [PROGRAM ARG...]: run by it, a program that takes something away; $out, $err and $status.
doctor() {
	(marked "$@" "$BUILD/bonsai" doctor) >"$scratch/run.out" 2>"$scratch/run.err" </dev/null
	status=$?
	out=$(cat "$scratch/run.out") err=$(cat "$scratch/run.err")
}

lacks() { sed -n 's/^lacks \(.\{19\}\) .*/\1/p' "$scratch/run.out" | sed 's/ *$//'; }
mend_of() { grep -A 1 "^lacks $1 " "$scratch/run.out" | sed -n '2s/^ *//p'; }

# names LACK MEND WORKS PROGRAM ARG...: with it the doctor finds LACK lacking and nothing else that was not.
names() {
	local lack=$1 mend=$2 works=$3
	shift 3
	doctor "$@"
	is "without it: $lack" "$(lacks | grep -vxFf "$scratch/lacks")" "$lack"
	like 'the command that mends it' "$(mend_of "$lack")" "$mend"
	if [ "$works" = works ]; then
		is 'the ns backend works' "$status $(tail -n 1 <<<"$out")" '0 The ns backend works here.'
	else
		is 'the ns backend does not work' "$status $(tail -n 1 <<<"$out")" \
			"1 The ns backend does not work here, for want of: $lack. A machine of its own needs nothing of that: bonsai vm"
	fi
	is 'nothing on standard error' "$err" ''
}

# In a user namespace of its own, where it may set its own limits.
cat >"$scratch/limited" <<-'EOS'
	#!/bin/sh
	echo "$2" >"/proc/sys/user/$1" || exit 9
	shift 2
	exec "$@"
EOS
chmod 755 "$scratch/limited"
limited() { # WHAT VALUE: words of a program for `names`
	limited=(unshare -Ur "$scratch/limited" "$1" "$2")
}

chmod 755 "$scratch"

echo '# as it is'
doctor
lacks >"$scratch/lacks"
echo "# this host lacks: $(tr '\n' ' ' <"$scratch/lacks")"
printf 'create 1\nexit\n' | (marked "$BUILD/bonsai") >"$scratch/bonsai" 2>&1
like 'bonsai makes a node here' "$(cat "$scratch/bonsai")" 'OK: [0-9]+'
is 'and the doctor says so' "$status $(tail -n 1 <<<"$out")" '0 The ns backend works here.'
is 'nothing on standard error' "$err" ''
is 'each line has its place' "$(sed '$d' <<<"$out" | grep -vcE '^(ok   |lacks|\?    ) .{19} .{18} [^ ]|^      [^ ]')" 0
is 'each lack has a command' "$(grep -c '^lacks' <<<"$out")" "$(grep -c '^      ' <<<"$out")"
nothing_left 'nothing is left'

echo '# JSON, status alone, errors'
(marked "$BUILD/bonsai" --json doctor) >"$scratch/json" 2>"$scratch/run.err"
is 'JSON: status' "$?" 0
check 'it is an array of findings, the same ones' python3 -c '
import json, sys
found = json.load(open(sys.argv[1]))
assert all(set(f) == {"name", "for", "state", "detail", "mend"} for f in found), found
assert all(f["state"] in ("ok", "lacks", "unknown") for f in found), found
assert all((f["state"] == "lacks") == (f["mend"] is not None) for f in found), found
assert [f["name"] for f in found if f["state"] == "lacks"] == open(sys.argv[2]).read().splitlines()
assert len(found) > 20' "$scratch/json" "$scratch/lacks"
is 'quietly' "$( (marked "$BUILD/bonsai" -q doctor) 2>&1; echo $?)" 0
(marked "$BUILD/bonsaid" --doctor --nonsense) >"$scratch/run.out" 2>"$scratch/run.err"
is 'bonsaid takes no more' "$? $(cat "$scratch/run.out" "$scratch/run.err")" \
	'2 Error: --doctor takes nothing but --json: --nonsense'
is 'output that can not be written is no success' \
	"$( (marked "$BUILD/bonsai" doctor) >/dev/full 2>/dev/null; echo $?)" 1

echo '# with something taken away'
names 'open files' 'ulimit -n .*' breaks prlimit --nofile=64
limited max_user_namespaces 0
doctor unshare -Ur
lacks >"$scratch/lacks" # with one id alone there are no ranges of them
names 'user namespaces' 'sysctl -w user.max_user_namespaces=65536' breaks "${limited[@]}"
limited max_net_namespaces 0
names 'all namespaces' 'sysctl -w user.max_net_namespaces=65536' breaks "${limited[@]}"
limited max_net_namespaces 60
names 'many namespaces' 'sysctl -w .*user.max_net_namespaces=65536' works "${limited[@]}"
doctor
lacks >"$scratch/lacks"
# Under the filter newuidmap, where there is one, gains no privilege.
echo 'id ranges' >>"$scratch/lacks"
names 'user namespaces' '.*seccomp=unconfined.*' breaks tests/lib/forbid unshare
# AppArmor's switch, as if it were what forbids them: without a profile of ours, and with one.
cat >"$scratch/armored" <<-'EOS'
	#!/bin/bash
	mkdir "$2" && mount -t tmpfs none "$2" && mkdir -p "$2"/{sysctl/pty,upper/apparmor.d,work}
	for file in pid_max cap_last_cap threads-max pty/{max,nr,reserve}; do cat "/proc/sys/kernel/$file" >"$2/sysctl/$file"; done
	echo 1 >"$2/sysctl/apparmor_restrict_unprivileged_userns"
	[ "$1" = bare ] || echo 'profile bonsai {}' >"$2/upper/apparmor.d/bonsai"
	mount --bind "$2/sysctl" /proc/sys/kernel && mount -t overlay -o "lowerdir=/etc,upperdir=$2/upper,workdir=$2/work" none /etc || exit 9
	shift 2
	exec "$@"
EOS
chmod 755 "$scratch/armored"
doctor unshare -Urm
lacks >"$scratch/lacks"
for which in bare profile; do
	[ $which = bare ] && mend='sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' || mend='apparmor_parser -r /etc/apparmor.d/bonsai'
	names 'user namespaces' "$mend" breaks unshare -Urm "$scratch/armored" $which "$scratch/armor-$which" tests/lib/forbid unshare
	rm -rf "$scratch/armor-$which"
done
doctor
lacks >"$scratch/lacks"
echo 'id ranges' >>"$scratch/lacks"
names 'setns by pidfd' 'a kernel of .*' breaks tests/lib/forbid setns
names 'a root of its own' '.*systempaths=unconfined.*' breaks tests/lib/forbid pivot_root
# Root is bound by no such limit, and LeakSanitizer wants one more process.
if [ "$uid" != 0 ] && ! sanitized; then
	# Where none but its own are counted.
	doctor unshare -Uc
	lacks >"$scratch/lacks"
	names 'processes' 'ulimit -u .*' breaks unshare -Uc prlimit --nproc=6
fi
nothing_left 'nothing is left'

finish_tests
