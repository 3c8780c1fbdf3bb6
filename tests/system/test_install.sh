#!/bin/bash
# What make install puts into place works from there, reads well, and is all gone after make uninstall.
. tests/lib/system.sh

root=$scratch/root
prefix=/opt/tree
# What is built is not built again: the test may run from a copy without the sources.
install_make() { make -s -o all "BUILD=$BUILD" "DESTDIR=$root" "PREFIX=$prefix" "$@" >"$scratch/make" 2>&1 ||
	die "make $*" "$(cat "$scratch/make")"; }
at=$root$prefix
unset MAKEFLAGS MAKELEVEL

echo '# install'
mkdir -p "$at/share/man/man1"
echo "somebody else's" >"$at/share/man/man1/other.1"
install_make install
for file in bin/bonsai libexec/bonsai/{bonsaid,bonsai-node} share/man/man1/{bonsai,bonsaid,bonsai-node}.1 \
	share/man/man7/bonsai-{api,wire}.7 share/doc/bonsai/{README.md,CHANGELOG.md,LICENSE,api.md,api.schema.json,wire.abnf} \
	share/doc/bonsai/examples/grow_and_kill.py lib/systemd/{system,user}/bonsai@.service \
	share/bonsai/apparmor.d/bonsai share/{bash-completion/completions/bonsai,zsh/site-functions/_bonsai,fish/vendor_completions.d/bonsai.fish}; do
	check "$file" [ -s "$at/$file" ]
done
is 'nothing names where it was put together' "$(grep -rlF "$scratch" "$at")" ''
is 'all can read it' "$(find "$root" -mindepth 1 ! -perm -o=r ! -type l)" ''

echo '# the programs find each other there'
bonsai() { (marked "$at/bin/bonsai" "$@") 2>&1 </dev/null; }
tree=installed-$$
like 'version' "$(bonsai version)" 'bonsai [0-9.]+'
for backend in $backends; do
	is 'up' "$(bonsai up --tree "$tree" --backend "$backend")" "OK: the tree $tree is up"
	like 'create' "$(bonsai create --tree "$tree" 1)" 'OK: [0-9]+'
	is 'exec' "$(bonsai exec --tree "$tree" 1 -- echo here)" here
	is 'the controller is the one installed' \
		"$(readlink "/proc/$(bonsai --json info --tree "$tree" | sed -n 's/.*"launcher":\([0-9]*\).*/\1/p')/exe")" \
		"$(realpath "$at/libexec/bonsai/bonsaid")"
	is 'down' "$(bonsai down --tree "$tree")" "OK: the tree $tree is down, and nothing of it is left"
done

is 'the AppArmor profile is about them' "$(sed -n 's/^profile .* \(.*\) flags=(unconfined) {$/\1/p' "$at/share/bonsai/apparmor.d/bonsai" | xargs)" \
	"$prefix/bin/bonsai $prefix/libexec/bonsai/bonsaid $prefix/libexec/bonsai/bonsai-node"

echo '# the units'
for unit in "$at"/lib/systemd/{system,user}/bonsai@.service; do
	which=$(basename "$(dirname "$unit")")
	is "$which: it runs what is installed" "$(grep -o "[^ ]* --tree %i'\?$" "$unit" | tr -d "\t'")" "$prefix/libexec/bonsai/bonsaid --tree %i"
	mkdir "$scratch/$which"
	# As if it were installed where it was told.
	sed "s| $prefix| $at|" "$unit" >"$scratch/$which/bonsai@main.service"
	option=
	[ "$which" = user ] && option=--user
	# Its lines begin with the file's name where they are about it.
	is "$which: systemd has nothing to say about it" "$(MANPATH=$at/share/man XDG_RUNTIME_DIR=$scratch HOME=$scratch \
		systemd-analyze $option verify "$scratch/$which/bonsai@main.service" 2>&1 | grep -F bonsai)" ''
done

echo '# the pages'
for page in "$at"/share/man/man[17]/bonsai*; do
	is "$(basename "$page") is without fault" "$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$page" 2>&1 >"$scratch/page")" ''
	check 'and has something to say' grep -q '^DESCRIPTION' <(sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g' "$scratch/page")
done
# The wire's types: "name = %xNN" in the grammar, ".It Cm name Pq NN" in the page.
is 'bonsai-wire(7) lists the types of the grammar' \
	"$(sed -n 's/^\.It Cm \([a-z]*\) Pq \(0[0-9A-F]\)$/\1 \2/p' "$at/share/man/man7/bonsai-wire.7" | sort)" \
	"$(sed -n 's/^\([a-z]*\)\(-t\)\? *= %x\(0[0-9A-F]\) .*/\1 \3/p' "$at/share/doc/bonsai/wire.abnf" | grep -vE "^(version|reserved) " | sort)"
is 'and what a request asks for' \
	"$(sed -n 's/^\.It Cm \([a-z]*\) Pq \([1-9].*\)$/\1/p' "$at/share/man/man7/bonsai-wire.7" | xargs)" \
	"$(sed -n 's/^request-body = //p' "$at/share/doc/bonsai/wire.abnf" | tr -d /| xargs)"

echo '# uninstall'
install_make uninstall
is 'no file is left but the one that is not ours' "$(find "$root" ! -type d)" "$at/share/man/man1/other.1"
is 'and no folder of ours' "$(find "$root" -name '*bonsai*')" ''
install_make uninstall
ok 'once more does no harm'
nothing_left 'nothing is left'
finish_tests
