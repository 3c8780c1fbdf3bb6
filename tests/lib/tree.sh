# A named tree, driven by one sub-command per call. Sourced after system.sh, with the beginning of the tree's name as argument.
tree=$1-$$

# run ARG...: runs bonsai once; sets $out, $err and $status.
run() {
	(marked "$BUILD/bonsai" "$@") >"$scratch/run.out" 2>"$scratch/run.err" </dev/null
	status=$?
	out=$(cat "$scratch/run.out") err=$(cat "$scratch/run.err")
}

# says STATUS OUT ERR ARG...: runs bonsai and checks its status and output; OUT and ERR are expressions for the whole text.
says() {
	local status_wanted=$1 out_wanted=$2 err_wanted=$3
	shift 3
	run "$@"
	if [ "$status" = "$status_wanted" ] && [[ $out =~ ^($out_wanted)$ ]] && [[ $err =~ ^($err_wanted)$ ]]; then
		ok "bonsai $*"
	else
		not_ok "bonsai $*" "status: $status, wanted $status_wanted" "out: $out" "wanted: $out_wanted" \
			"err: $err" "wanted: $err_wanted"
	fi
}

t() { # STATUS OUT ERR SUB-COMMAND ARG...: as `says`, for the tree $tree
	local status_wanted=$1 out_wanted=$2 err_wanted=$3 name=$4
	shift 4
	says "$status_wanted" "$out_wanted" "$err_wanted" "$name" --tree "$tree" "$@"
}

controller_of() { run --json info --tree "$1" && sed -n 's/.*"pid":\([0-9]*\).*/\1/p' <<<"$out"; }
launcher_of() { run --json info --tree "$1" && sed -n 's/.*"launcher":\([0-9]*\).*/\1/p' <<<"$out"; }
