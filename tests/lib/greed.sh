# Python programs that want more than a node may have.
# shellcheck disable=SC2034 # of those who source this
# So many MiB, as %d.
take='b = b"x" * (%d << 20); print(len(b) >> 20)'
# As many processes as can be had; tells how many those were, and why no more.
bomb='
import os, signal
children = []
try:
    while True:
        child = os.fork()
        if not child:
            signal.pause()
        children.append(child)
except OSError as error:
    print(len(children), error.strerror)
for child in children:
    os.kill(child, 9)'
