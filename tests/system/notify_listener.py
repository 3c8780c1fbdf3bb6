"""notify_listener.py ADDRESS: a service manager's end of sd_notify(3). Prints "listening", then each datagram as
one line, its lines joined by "; ". At a READY=1 it looks at once whether the API's socket, in the folder that
the status names, takes a connection, and says so."""
import re
import socket
import sys


def is_served(text):
    api = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    api.settimeout(10)
    folder = re.search(r"STATUS=Serves (\S+)", text)
    try:
        api.connect(folder.group(1) + "/api")
        return api.recv(1) == b"\xff"  # how ZMTP begins
    except (OSError, AttributeError):
        return False


manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])
print("listening", flush=True)
while True:
    text = manager.recv(4096).decode()
    served = "; served" if "READY=1" in text and is_served(text) else ""
    print("; ".join(text.splitlines()) + served, flush=True)
