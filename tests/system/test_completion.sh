#!/bin/bash
# Completions: each shell takes what it is given, and then completes options, sub-commands and what follows them.
. tests/lib/system.sh
. tests/lib/tree.sh completion

nl=$'\n'
export BONSAI_TREE=$tree BONSAI_IMAGES=$scratch/images HOME=$scratch PATH=$BUILD:$PATH
shells=(bash)
for shell in zsh fish; do
	if command -v $shell >/dev/null; then shells+=($shell); else skip "$shell" "$shell is not installed"; fi
done

# in_bash LINE: what the word that ends it may be, sorted, on one line.
in_bash() {
	bash -c '. "$1"
		read -ra COMP_WORDS <<<"${2//=/ = }"
		if [[ $2 == *" " || $2 == *= ]]; then COMP_WORDS+=(""); fi
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_bonsai
		printf "%s\n" "${COMPREPLY[@]}"' bash "$scratch/bash" "$1" 2>&1 | sort | xargs
}

in_fish() {
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scratch/fish" "$1" 2>&1 | cut -f1 | sort | xargs
}

# completes LINE WORDS: so it is in bash and fish.
completes() {
	local shell
	for shell in "${shells[@]}"; do
		if [ $shell != zsh ]; then is "$shell: $1" "$(in_$shell "$1")" "$2"; fi
	done
}

says 0 "OK: the tree $tree is up" '' up
says 0 "OK: 2 nodes .*" '' grow 2
says 0 'OK: .*' '' image import pear tests/lib
for shell in "${shells[@]}"; do
	"$BUILD/bonsai" completion $shell >"$scratch/$shell"
	is "$shell takes it" "$($shell -n "$scratch/$shell" 2>&1) $?" ' 0'
	is "$shell: it knows all options of --help" "$("$BUILD/bonsai" --help | sed -n 's/^  .*--\([a-z-]*\) .*/\1/p' |
		while read -r option; do grep -qE -- "(--|-l )$option\b" "$scratch/$shell" || echo "$option"; done)" ''
done

completes 'bonsai au' audit
completes 'bonsai completion ' 'bash fish zsh'
completes 'bonsai image ' 'build import inspect ls rm'
completes 'bonsai image rm ' pear
completes 'bonsai help com' completion
completes 'bonsai exec 2 st' 'start stop'
completes 'bonsai exec ' '1 2'
completes 'bonsai exec --d' --detach
completes 'bonsai exec -d ' '1 2'
completes 'bonsai exec -e A=B 2 t' time
completes 'bonsai exec 2 -- c' ''
completes 'bonsai create 5 --m' --memory
completes 'bonsai create ' ''
completes 'bonsai events --s' --since
completes 'bonsai heartbeat ' off
completes 'bonsai kill 2 S' 'SEGV STOP'
completes 'bonsai set ' '1 2 tree'
completes 'bonsai --ba' --backend
completes 'bonsai --backend ' 'lxc ns process'
completes 'bonsai up --on-crash d' destroy
completes 'bonsai up --image ' 'host pear'
completes "bonsai --tree $tree kill " '1 2'
completes 'bonsai --timeout 5 gr' grow
completes "bonsai --tree ${tree:0:12}" "$tree"
completes 'bonsai pingall --mem' ''
is 'bash: an option with =' "$(in_bash 'bonsai --backend=p')" process
is 'bash: and what follows it' "$(in_bash "bonsai --tree=$tree kill ")" '1 2'

# typed LINE REGEX: zsh makes that of it when the tab key is typed.
typed() {
	types "$1"'\t'
	shows "zsh: $1" "$2"
	types '\x15'
}

in_zsh() {
	rm -f "$scratch/in" "$scratch/out"
	mkfifo "$scratch/in" "$scratch/out"
	(marked env TERM=xterm script -q -e -c 'stty cols 200; exec zsh -f -i' /dev/null) \
		<"$scratch/in" >"$scratch/out" 2>&1 &
	pid=$!
	exec {to}>"$scratch/in" {from}<"$scratch/out"
	screen=
	types "PS1=; autoload -Uz compinit; compinit -u -d $scratch/dump; . $scratch/zsh; echo re\x27\x27ady\r"
	shows 'zsh loads it' ready
	typed 'bonsai completion z' 'completion zsh[^a-z]'
	typed 'bonsai exec 2 sta' 'exec 2 start[^a-z]'
	typed 'bonsai exec --de' 'exec --detach[^a-z]'
	typed 'bonsai create 5 --me' 'create 5 --memory'
	typed 'bonsai -' '-q +.*-- errors alone'
	typed 'bonsai --backend=pr' '--backend=process[^a-z]'
	typed 'bonsai image rm p' 'rm pear[^a-z]'
	typed 'bonsai set tr' 'set tree[^a-z]'
	typed 'bonsai kill ' '1 +2'
	types 'exit\r'
	until_true is_gone "$pid" || not_ok 'zsh ends'
	close_session
}

if [[ " ${shells[*]} " == *' zsh '* ]]; then in_zsh; fi
says 0 "OK: the tree $tree is down, and nothing of it is left" '' down
nothing_left 'nothing is left'
finish_tests
