# For tests that may change the machine they run on: ends the test anywhere but in a virtual machine of tests/vm/boot. Sets
# root_group, where control groups of version 2 are, disk, the machine's own, and user, the number of an ordinary one that
# add_user makes. Sourced first.
# shellcheck disable=SC2034 # of those who source this
if [ "$(readlink /proc/1/exe) $(stat -f -c %T /)" != '/init overlayfs' ]; then
	echo 'Bail out! this is not a virtual machine of tests/vm/boot'
	exit 2
fi
root_group=/sys/fs/cgroup
disk=$(find /dev/ubda /dev/vda 2>/dev/null)
user=12345
to_user=(setpriv --reuid=$user --regid=$user --clear-groups)
add_user() { # HOME
	local file
	echo "tree:x:$user:$user::$1:/bin/sh" >>/etc/passwd
	echo "tree:x:$user:" >>/etc/group
	for file in /etc/subuid /etc/subgid; do echo tree:1800000000:65536 >>$file; done
}
# Puts the programs where everybody may read them, wherever the checkout lies.
share_build() {
	mkdir /opt/build && cp "$BUILD"/bonsai* /opt/build && chmod -R a+rX /opt/build
	BUILD=/opt/build
}
