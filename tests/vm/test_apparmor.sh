#!/bin/bash
# The package's AppArmor profile: once it is loaded, a user whose confinement forbids user namespaces can start a tree. The
# kernel and the parser are Debian 13's: those of Debian 12 have no rule about user namespaces. Run by tests/vm/run.
# VM=qemu:trixie
# FETCH=trixie apparmor libc6 libstdc++6 libgcc-s1
. tests/lib/guest.sh
. tests/lib/system.sh
. tests/lib/tree.sh apparmor
share_build
add_user /tmp
files=build-vm/trixie-apparmor
mount -t securityfs none /sys/kernel/security && touch /opt/parser.conf
is 'AppArmor is on' "$(cat /sys/module/apparmor/parameters/enabled)" Y
parser() { # ARG...
	"$files"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path "$files/usr/lib/x86_64-linux-gnu" \
		"$(find "$files" -name apparmor_parser -type f)" --base "$files/etc/apparmor.d" --skip-cache --config-file /opt/parser.conf "$@" 2>&1
}
# Permits everything but user namespaces.
cp /bin/sh /opt/confined
cat >"$scratch/confined" <<-'END'
	abi <abi/4.0>,
	profile confined /opt/confined {
		capability, network, mount, umount, pivot_root, signal, ptrace, unix, mqueue, io_uring,
		/** rwmlk,
		/** pix,
	}
END
sed "s|@bindir@|$BUILD|; s|@libexecdir@|$BUILD|" packaging/apparmor/bonsai >"$scratch/bonsai"
b() { "${to_user[@]}" env HOME=/tmp /opt/confined -c 'exec "$@"' sh "$BUILD/bonsai" "$@" 2>&1 </dev/null; }
is 'a profile that confines' "$(parser -a "$scratch/confined")" ''
is 'a program below it is confined' "$("${to_user[@]}" /opt/confined -c 'cat /proc/self/attr/current')" 'confined (enforce)'
like 'no tree comes there' "$(b up --tree "$tree")" 'Error: cannot make user, network and mount namespaces: .*'
is 'ours' "$(parser -a "$scratch/bonsai")" ''
is 'with it one comes' "$(b up --tree "$tree")" "OK: the tree $tree is up"
like 'and nodes' "$(b create --tree "$tree" 1 2)" $'OK: [0-9]+\nOK: [0-9]+'
is 'that run programs' "$(b exec --tree "$tree" 2 -- echo here)" here
like 'their agents are not confined' "$(b exec --tree "$tree" 2 -- cat /proc/1/attr/current)" 'bonsai.* \(unconfined\)'
is 'and it goes' "$(b down --tree "$tree")" "OK: the tree $tree is down, and nothing of it is left"
is 'others below it stay confined' "$("${to_user[@]}" /opt/confined -c 'unshare -U true' 2>&1)" \
	'unshare: unshare failed: Permission denied'
umount /sys/kernel/security
nothing_left 'nothing is left'
finish_tests
