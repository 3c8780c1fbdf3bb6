#!/usr/bin/python3
"""Grows a tree of 15 in the tree that is up, kills a node, prints what is told of it. Needs python3-zmq.

    bonsai up && grow_and_kill.py [NAME]; bonsai down"""
import os
import sys
import zmq

LIMIT_MS = 20000
name = sys.argv[1] if len(sys.argv) > 1 else "main"
uid = os.geteuid()
runtime = os.environ.get("XDG_RUNTIME_DIR")
bases = ["/run/bonsai"] if uid == 0 else [runtime + "/bonsai"] if runtime else []
places = [f"{base}/{name}" for base in bases + [f"/tmp/bonsai-{uid}"]]
folder = next((place for place in places if os.path.exists(place + "/api")), None)
if not folder:
    sys.exit(f"no tree named {name} is up; bring it up with: bonsai up --tree {name}")

context = zmq.Context()
context.setsockopt(zmq.LINGER, 0)
context.setsockopt(zmq.RCVTIMEO, LIMIT_MS)  # a wait of any longer is an error, zmq.Again
events = context.socket(zmq.SUB)
events.subscribe(b"")
events.connect(f"ipc://{folder}/events")
api = context.socket(zmq.DEALER)
api.connect(f"ipc://{folder}/api")


def ask(**request):
    api.send_json({"id": 1, **request})
    answer = api.recv_json()
    return sys.exit(answer["error"]) if "error" in answer else answer


print("grown:", ask(cmd="grow", count=15))
events.recv()  # one has come, so the subscription holds: each interval tells a round
ask(cmd="signal", node=5, signal=9)
while (event := events.recv_json())["event"] != "lost":
    pass
print("told:", event)
