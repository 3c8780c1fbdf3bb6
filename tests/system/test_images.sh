#!/bin/bash
# Images through the command line: made of each kind of source, listed, removed; and trees whose nodes have one.
. tests/lib/system.sh

. tests/lib/tree.sh images

nl=$'\n'
export BONSAI_IMAGES=$scratch/images
hex='[0-9a-f]{12}'
source=$scratch/source

# A program that is static, and knows what it is to do by its name.
busybox=$(command -v busybox) || { skip 'images' 'no busybox here: apt install busybox-static'; finish_tests; }
mkdir -p "$source/bin" "$source/etc"
cp "$busybox" "$source/bin/busybox"
for name in sh cat head ls dd rm touch mkdir mount stat; do ln -s busybox "$source/bin/$name"; done
echo of-the-image >"$source/etc/hosts"

image() { # STATUS OUT ERR VERB ARG...
	local status_wanted=$1 out_wanted=$2 err_wanted=$3
	shift 3
	says "$status_wanted" "$out_wanted" "$err_wanted" image "$@"
}

contents() { find "$BONSAI_IMAGES/sha256" -mindepth 1 -maxdepth 1 | wc -l; }

echo '# none is there'
image 0 '' '' ls
image 1 '' 'Error: there is no image busybox' inspect busybox
t 3 '' "Error: there is no image busybox in $BONSAI_IMAGES" up --image busybox
image 2 '' 'Error: usage: bonsai image rm NAME' rm
image 2 '' 'Error: nothing to do with images .*: make .*' make
image 0 'Usage: bonsai image import .*' '' import --help

echo '# made of what there is'
image 0 'OK: the image busybox: 14 entries, [0-9]+ bytes' '' import busybox "$source"
tar -cJf "$scratch/tar" -C "$source" .
image 0 'OK: the image tar: 1[45] entries, [0-9]+ bytes' '' import tar "$scratch/tar"
image 0 "IMAGE +DIGEST +BYTES +ENTRIES +KIND${nl}busybox +$hex .*folder${nl}tar +$hex .*" '' ls
image 0 '\{"digest":.*"image":"busybox"\}'"$nl"'\{"digest":.*"image":"tar"\}' '' ls --json
image 2 '' 'Error: unknown option: --sjon.*' ls --sjon
is 'the same content is there once' "$(contents)" 1
if command -v mksquashfs >/dev/null && command -v unsquashfs >/dev/null; then
	mksquashfs "$source" "$scratch/squashfs" -quiet -no-progress >/dev/null
	image 0 'OK: the image squashfs: 14 entries, [0-9]+ bytes' '' import squashfs "$scratch/squashfs"
	is 'that of a squashfs is the same, too' "$(contents)" 1
	truncate -s 5000 "$scratch/squashfs"
	image 1 '' 'Error: the squashfs is damaged: unsquashfs refused it: .+' import damaged "$scratch/squashfs"
	image 0 'OK: .*' '' rm squashfs
	# Folders and files closed to their owner, and deeper than an image may be.
	mkdir -p "$scratch/deep/$(printf 'd/%.0s' {1..300})"
	mksquashfs "$scratch/deep" "$scratch/squashfs" -noappend -quiet -no-progress >/dev/null
	image 1 '' 'Error: d/.*: more than 127 folders deep' import deep "$scratch/squashfs"
	rm -r "$scratch/deep"
	mksquashfs "$source" "$scratch/squashfs" -noappend -quiet -no-progress \
		-p 'shut d 0 0 0' -p 'shut/file f 0 0 0 echo x' -p 'etc m 555 0 0' >/dev/null
	image 0 'OK: the image shut: 16 entries, [0-9]+ bytes' '' import shut "$scratch/squashfs"
	image 0 'OK: the image shut is removed' '' rm shut
	mksquashfs "$source" "$scratch/squashfs" -noappend -quiet -no-progress \
		-p 'null c 666 0 0 1 3' -p 'disk b 600 0 0 8 0' -p 'su f 4755 0 0 echo x' >/dev/null
	image 0 'OK: the image special: 17 entries, .*; dropped 2 devices, .*; stripped 1 files of .*' '' import special "$scratch/squashfs"
	image 0 'OK: the image special is removed' '' rm special
	truncate -s 65M "$scratch/hole"
	mksquashfs "$scratch/hole" "$scratch/squashfs" -noappend -quiet -no-progress >/dev/null
	image 1 '' 'Error: more than 250 bytes come out of each one' import bomb "$scratch/squashfs"
	rm "$scratch/hole"
else
	skip 'a squashfs' 'no squashfs-tools here'
fi
image 1 '' 'Error: the image busybox is there already; .*' import busybox "$source"
image 1 '' 'Error: host is what a tree has without an image' import host "$source"
image 2 '' 'Error: no name for an image, .*: \.\./up .*' import ../up "$source"
head -c 3000 "$scratch/tar" >"$scratch/cut"
image 1 '' 'Error: the archive is damaged: .*' import cut "$scratch/cut"
(cd "$scratch" && ln -s /etc link && tar -cf way.tar link && rm link && mkdir link && touch link/x && tar -rf way.tar link/x)
image 1 '' 'Error: link/x: its way leads through what is no folder' import way "$scratch/way.tar"
image 0 'OK: the image tar is removed' '' rm tar
image 1 '' "Error: there is no image tar in .*" rm tar
image 0 '\{"digest":.*,"kind":"folder",.*"image":"busybox"\}' '' inspect busybox
is 'nothing is left of what was refused' "$(ls "$BONSAI_IMAGES")" "lock${nl}names${nl}sha256"

echo '# where they are'
like 'no place for them is told' "$(BONSAI_IMAGES=/proc/none/images "$BUILD/bonsai" image import x "$source" 2>&1)" 'Error: make /proc/none: .*'
ln -s "$BONSAI_IMAGES" "$scratch/elsewhere"
is 'a link leads there' "$(BONSAI_IMAGES=$scratch/elsewhere "$BUILD/bonsai" image ls)" "$("$BUILD/bonsai" image ls)"
mkdir "$scratch/other"
touch "$scratch/other/file"
image 0 'OK: .*' '' import broken "$scratch/other"
: >"$BONSAI_IMAGES/names/broken/about.json"
image 1 "IMAGE .*${nl}busybox .*" 'Error: what is told of the image broken makes no sense' ls
image 0 'OK: .*' '' rm broken

echo '# layers that lack their end'
for packed in '' gzip; do
	for kind in whole noend nopad cut header; do
		tests/lib/oci.py "$scratch/layout-$kind$packed" "$kind" $packed || die 'an OCI layout is made'
	done
	for kind in whole noend nopad; do
		note='; read as far as they go, without an end mark: 1 layers'
		[ "$kind" != whole ] || note=
		image 0 "OK: the image layers: 4 entries, 800 bytes$note" '' import layers "$scratch/layout-$kind$packed"
		image 0 'OK: the image layers is removed' '' rm layers
	done
	image 1 '' 'Error: layer [0-9a-f]{12}: the archive is damaged: it was cut in an entry' import cut "$scratch/layout-cut$packed"
	image 1 '' 'Error: layer [0-9a-f]{12}: the archive is damaged: .*' import cut "$scratch/layout-header$packed"
done

echo '# by recipes'
image 0 'OK: the image recipe: [0-9]+ entries, [0-9]+ bytes' '' build busybox recipe
image 0 '.*"kind":"recipe","source":"busybox".*' '' inspect recipe
image 1 '' 'Error: there is no recipe none in .*' build none
image 2 '' 'Error: no name of a recipe, .*: \.\./\.\./bin/sh .*' build ../../bin/sh
image 2 '' 'Error: no name for an image, .*: a b .*' build busybox 'a b'
# By a busybox that needs a loader.
PATH=$scratch/path:$PATH
mkdir "$scratch/path"
cp "$(command -v cat)" "$scratch/path/busybox"
image 1 '' 'Error: the recipe failed: .*/path/busybox is not static: apt install busybox-static' build busybox other
PATH=${PATH#*:}
image 0 'OK: .*' '' rm recipe
is 'nothing is left of a recipe that failed' "$(ls "$BONSAI_IMAGES")" "lock${nl}names${nl}sha256"

echo '# interrupted, and too slow'
truncate -s 3G "$scratch/hole"
is_busy() { [ -n "$(ls -d "$BONSAI_IMAGES"/new.*/root/hole "$BONSAI_IMAGES"/new.*/squash "$BONSAI_IMAGES"/new.*/work/root 2>/dev/null)" ]; }
interrupt() { # SIGNAL HOW...
	marked "$BUILD/bonsai" image "${@:2}" 2>"$scratch/said" &
	until_true is_busy
	kill -s "$1" $!
	wait $!
	is "the status tells that SIG$1 ended it" $? $((128 + $(kill -l "$1")))
	is 'and a word' "$(cat "$scratch/said")" 'Error: interrupted'
	is 'and nothing is left' "$(ls "$BONSAI_IMAGES")" "lock${nl}names${nl}sha256"
}
mkdir "$scratch/holes"
mv "$scratch/hole" "$scratch/holes"
interrupt INT import interrupted "$scratch/holes"
interrupt TERM import interrupted "$scratch/holes"
if command -v mksquashfs >/dev/null && command -v unsquashfs >/dev/null; then
	head -c 32M /dev/urandom >"$scratch/holes/noise"
	mksquashfs "$scratch/holes" "$scratch/squashfs" -noappend -quiet -no-progress >/dev/null
	interrupt HUP import interrupted "$scratch/squashfs"
fi
# A recipe that takes its time, and has made something elsewhere.
cat >"$scratch/path/busybox" <<-EOF
	#!/bin/sh
	trap 'sleep 0.5; rm "$scratch/elsewhere/file"; exit 1' TERM
	mkdir -p root "$scratch/elsewhere"
	touch "$scratch/elsewhere/file"
	sleep 1000 &
	wait
EOF
rm -f "$scratch/elsewhere"
PATH=$scratch/path:$PATH
interrupt INT build busybox interrupted
PATH=${PATH#*:}
is 'nor of what it had elsewhere' "$(ls "$scratch/elsewhere")" ''
says 124 '' 'Error: not done within 1 s' --timeout 1 image import slow "$scratch/holes"
is 'and nothing is left of that' "$(ls "$BONSAI_IMAGES")" "lock${nl}names${nl}sha256"
rm -r "$scratch/holes"

echo '# a disk that is full'
mkdir "$scratch/small"
# of a megabyte, in a mount namespace of its own
in_small() { BONSAI_IMAGES=$scratch/small/images unshare -rm sh -c 'mount -t tmpfs -o size=1M small "$1" && shift && exec "$@"' - "$scratch/small" "$BUILD/bonsai" image "$@" 2>&1; }
head -c 2M /dev/urandom >"$scratch/noise"
tar -cf "$scratch/noise.tar" -C "$scratch" noise
is 'of a tar' "$(in_small import full "$scratch/noise.tar")" 'Error: write noise: No space left on device'
like 'of a recipe' "$(in_small build busybox full)" 'Error: the recipe failed: .*No space left on device'
if command -v mksquashfs >/dev/null && command -v unsquashfs >/dev/null; then
	mksquashfs "$scratch/noise" "$scratch/noise.squashfs" -quiet -no-progress >/dev/null
	is 'of a squashfs' "$(in_small import full "$scratch/noise.squashfs")" 'Error: unpack the squashfs: No space left on device'
fi

# What a recipe that was killed had mounted is not its own.
in_ns='mkdir -p "$1/new.killed/work" && mount -t tmpfs other "$1/new.killed/work" && touch "$1/new.killed/work/file" &&
	"$2" image build busybox sweeper >/dev/null && "$2" image rm sweeper >/dev/null
	stat -c %A "$1/new.killed/work"; ls "$1/new.killed/work"'
is 'a mount in what is swept is left alone' "$(unshare -rm sh -c "$in_ns" - "$BONSAI_IMAGES" "$BUILD/bonsai")" "drwxrwxrwt${nl}file"
image 0 'OK: .*' '' import sweeper "$source"
image 0 'OK: .*' '' rm sweeper
is 'and swept when it is gone' "$(ls "$BONSAI_IMAGES")" "lock${nl}names${nl}sha256"

echo '# nodes that have it'
t 2 '' 'Error: no name of an image: .*' up --image ../up
t 2 '' 'Error: an image needs the ns or the lxc backend: busybox .*' up --image busybox --backend process
BONSAI_BACKEND=process t 2 '' 'Error: an image needs the ns or the lxc backend: busybox .*' up --image busybox
BONSAI_BACKEND=bogus t 2 '' 'Error: BONSAI_BACKEND is no backend, .*: bogus .*' up
t 0 "OK: the tree $tree is up" '' up --image busybox
t 0 ".*image +busybox$nl.*" '' info
t 0 'OK: [0-9]+'"$nl"'OK: [0-9]+'"$nl"'OK: [0-9]+' '' create 6 3 8
t 0 '.*"image": "busybox".*' '' inspect 3
t 0 'of-the-image' '' exec 6 -- head -n 1 /etc/hosts
t 0 $'of-the-image\n\n127.0.1.1 n6.bonsai n6' '' exec 6 -- cat /etc/hosts
t 0 'root:x:0:0:.*' '' exec 6 -- cat /etc/passwd
t 0 '0 0' '' exec 6 -- stat -c '%u %g' /bin/busybox
t 127 '' 'Error: gcc: No such file or directory' exec 6 -- gcc

echo '# what one writes no other one sees'
t 0 '' '' exec 6 -- sh -c 'echo mine >/etc/hosts && rm /bin/mount && mkdir /new && touch /tmp/x /root/x /run/x /bin/x'
t 0 'mine' '' exec 6 -- head -n 1 /etc/hosts
t 0 'of-the-image' '' exec 3 -- head -n 1 /etc/hosts
t 0 '/bin/mount' '' exec 3 -- ls /bin/mount
t 1 '' 'ls: /new: No such file or directory' exec 3 -- ls /new
is 'nor does the image' "$(cat "$BONSAI_IMAGES"/sha256/*/root/etc/hosts)" of-the-image
t 1 '' 'sh: .*Read-only file system' exec 3 -- sh -c 'echo x >/dev/x'
t 255 '' 'mount: .*' exec 3 -- mount -t tmpfs tmpfs /tmp
is 'nothing of the base is mounted' \
	"$("$BUILD/bonsai" exec --tree "$tree" 3 -- cat /proc/mounts | grep -cE ' /(usr|image|skeleton|run/[a-z]+) ')" 0

echo '# it has a limit'
t 1 '' '.*dd: error writing .*No space left on device.*' exec 8 -- dd if=/dev/zero of=/big bs=1M count=100
t 0 '' '' exec 3 -- dd if=/dev/zero of=/some bs=1M count=10 status=none
t 0 'OK: 6 3 8' '' pingall

echo '# entered, started again, taken over'
t 0 of-the-image '' enter 3 -- head -n 1 /etc/hosts
image 1 '' 'Error: the image busybox is in use by a tree' rm busybox
controller=$(controller_of "$tree")
kill -KILL "$controller"
until_true is_gone "$controller"
t 0 ".*image +busybox$nl.*" '' info
t 0 'OK: [0-9]+' '' create 7
t 0 'of-the-image' '' exec 7 -- head -n 1 /etc/hosts
image 1 '' 'Error: the image busybox is in use by a tree' rm busybox
t 0 "OK: the tree $tree is down, and nothing of it is left" '' down

echo '# a hostile one is found out by whoever mounts on it'
root=$(echo "$BONSAI_IMAGES"/sha256/*/root)
ln -s /etc "$root/proc"
t 0 'OK: .*' '' up --image busybox
t 1 '' 'Error: .*open /proc of the image: .*' create 1
t 0 'OK: .*' '' down
rm "$root/proc"

image 0 'OK: the image busybox is removed' '' rm busybox
is 'nothing is left of it' "$(contents)" 0

echo '# a tree of the prompt'
image 0 'OK: .*' '' import busybox "$source"
unset BONSAI_TREE
start --image busybox
create 1
try 'exec 1 -- head -n 1 /etc/hosts' of-the-image
bye
image 0 'OK: .*' '' rm busybox
finish_tests
