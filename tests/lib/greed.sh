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
# Waits for /tmp/go, then wants 100 MiB. It prints when it has begun.
later='
import os, time
print("begun", flush=True)
while not os.path.exists("/tmp/go"):
    time.sleep(0.02)
b = b"x" * (100 << 20)
print("had", flush=True)'
# Begets one that does the same, and ends: no list of processes has who is there when it has been read.
chain='
import os
print("begun", flush=True)
while True:
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass'
