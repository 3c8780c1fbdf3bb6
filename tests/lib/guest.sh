# For tests that may change the machine they run on: ends the test anywhere but in a virtual machine of tests/vm/boot. Sets
# root_group, where control groups of version 2 are, and disk, the machine's own. Sourced first.
# shellcheck disable=SC2034 # of those who source this
if [ "$(readlink /proc/1/exe) $(stat -f -c %T /)" != '/init overlayfs' ]; then
	echo 'Bail out! this is not a virtual machine of tests/vm/boot'
	exit 2
fi
root_group=/sys/fs/cgroup
disk=$(find /dev/ubda /dev/vda 2>/dev/null)
