# For tests that may change the machine on which they run: ends the test outside a virtual machine of tests/vm/boot. Sets
# root_group (the root of version 2's control groups), disk (the machine's own disk) and user (the id of an ordinary user, which
# add_user makes). Sourced first.
# shellcheck disable=SC2034 # used by the scripts that source this
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
# Copies the programs to where all users can read them, wherever the checkout is.
share_build() {
	mkdir /opt/build && cp "$BUILD"/bonsai* /opt/build && chmod -R a+rX /opt/build
	BUILD=/opt/build
}
