#!/usr/bin/env python3
"""Run inside a node: a program that tries to speak as an agent. Says on one line how far it came.

intruder.py connect ADDRESS [FROM_ADDRESS]           one connection to an agent's port, from one or from any
intruder.py bind ADDRESS                             a socket of its own at an agent's port
intruder.py listen PORT SECONDS                      at PORT of all addresses: who connects?
intruder.py pose ADDRESS NODE SECONDS                as node's agent: signs on, beats, answers
intruder.py reach ADDRESS...                         how many of them take a connection, by any way
intruder.py flood ADDRESS KIND SECONDS               KIND: connect, half, junk or udp
"""
import errno
import os
import select
import socket
import struct
import sys
import time

AGENT_PORT = 1
CONNECT_S = 0.7  # a connection that the kernel drops gets no answer; one that it takes does at once
CONTROLLER = 0x80000000
GREETING = b'\xff' + b'\0' * 8 + b'\x7f' + b'\x03\x00' + b'NULL' + b'\0' * 48
HEARTBEAT, READY = 4, 1
IP_FREEBIND = 15  # from Linux's in.h: an address need not be there yet


def dial(address, source=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if source:
        s.bind((source, AGENT_PORT))
    s.settimeout(CONNECT_S)
    s.connect((address, AGENT_PORT))
    return s


def header(kind, source):
    return struct.pack('>HBBHHIIQ', 0xb05a, 1, kind, 0, 0, source, CONTROLLER, 0)


def message(*frames):
    more = [1] * (len(frames) - 1) + [0]
    return b''.join(bytes([m, len(f)]) + f for m, f in zip(more, frames))


def handshake():
    ready = b'\x05READY' + b'\x0bSocket-Type' + struct.pack('>I', 6) + b'DEALER'
    return GREETING + b'\x04' + bytes([len(ready)]) + ready


def connect(address, source=None):
    with dial(address, source) as s:
        s.sendall(handshake())
        return f'connected, got {len(s.recv(256))} octets'


def bind(address):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        s.bind((address, AGENT_PORT))
        s.listen()
    return 'bound'


def listen(port, seconds):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('', int(port)))
        s.listen()
        print('listens', flush=True)
        s.settimeout(float(seconds))
        return f'{s.accept()[1][0]} has connected'


def reach(*addresses):
    """All at once: by the route, and bound to each interface, which needs none."""
    tries = []
    for address in addresses:
        for device in [None] + sorted(os.listdir('/sys/class/net')):
            s = socket.socket()
            if device:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            s.setblocking(False)
            if s.connect_ex((address, AGENT_PORT)) == errno.EINPROGRESS:
                tries.append((s, address, device))
    time.sleep(CONNECT_S)
    taken = [(a, d) for s, a, d in tries if select.select([], [s], [], 0)[1]
             and not s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)]
    return f'{len(tries)} tried, {len(taken)} taken' + ''.join(f' {a} by {d}' for a, d in taken)


def pose(address, node, seconds):
    end, beats = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        try:
            with dial(address) as s:
                s.sendall(handshake() + message(header(READY, int(node)), b'\x91\xa1x'))
                while time.monotonic() < end:
                    s.sendall(message(header(HEARTBEAT, int(node)), b'\x90'))
                    beats += 1
                    if select.select([s], [], [], 0.1)[0] and not s.recv(4096):
                        break
        except OSError:
            time.sleep(0.01)
    return f'{beats} beats'


def flood(address, kind, seconds):
    end, tried, held = time.monotonic() + float(seconds), 0, []
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while time.monotonic() < end:
        tried += 1
        try:
            if kind == 'udp':
                udp.sendto(b'x' * 1000, (address, AGENT_PORT))
                continue
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex((address, AGENT_PORT))
            held.append(s)
            if kind != 'connect':
                s.send(GREETING[:6] if kind == 'half' else os.urandom(2000))
        except OSError:
            pass
        if len(held) > 200:
            held.pop(0).close()
    return f'{kind}: {"some" if tried else "none"} tried'


try:
    print(globals()[sys.argv[1]](*sys.argv[2:]), flush=True)
except OSError as error:
    print(error.strerror or error, flush=True)
