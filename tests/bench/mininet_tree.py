#!/usr/bin/python3
"""Mininet 2.3's build and stop of N hosts, one link a tree edge, no switch, no controller.

Prints: nodes N build_ms B stop_ms S. Run it inside private network, mount and PID
namespaces only: it makes links and changes limits wherever it is.
"""
import sys
import time

from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.topo import Topo


class Tree(Topo):
    """Hosts 1 to count as a heap: host i hangs from host i // 2."""

    def build(self, count):
        for i in range(1, count + 1):
            self.addHost("h%d" % i)
            if i > 1:
                self.addLink("h%d" % i, "h%d" % (i // 2))


def main():
    count = int(sys.argv[1])
    setLogLevel("error")
    start = time.monotonic()
    net = Mininet(topo=Tree(count=count), controller=None, ipBase="10.0.0.0/8")
    net.start()
    built = time.monotonic()
    net.stop()
    stopped = time.monotonic()
    print("nodes %d build_ms %.1f stop_ms %.1f"
          % (count, (built - start) * 1e3, (stopped - built) * 1e3))


main()
