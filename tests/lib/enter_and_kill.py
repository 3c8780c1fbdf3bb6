#!/usr/bin/env python3
"""Run as PID 1 of a PID namespace, which reaps no orphan: kills an enter by SIGKILL, and removes its node.

enter_and_kill.py BONSAI TREE: says "OK" when the removal has worked, or why not."""
import subprocess
import sys
import time

bonsai, tree = sys.argv[1:3]


def run(verb, *words):
    return subprocess.run([bonsai, verb, '--tree', tree, *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


for verb, *words in (['up'], ['create', '8', '4']):
    answer = run(verb, *words)
    if answer.returncode:
        sys.exit(f'{verb}: {answer.stderr}')
enter = subprocess.Popen([bonsai, 'enter', '--tree', tree, '4', 'sleep', '1000'], stdin=subprocess.DEVNULL)
while 'sleep' not in run('exec', '-n', '4', '--', 'sh', '-c', 'cat /proc/[0-9]*/comm').stdout:
    time.sleep(0.05)
enter.kill()
enter.wait()
answer = run('remove', '4')
print((answer.stdout + answer.stderr).strip(), flush=True)
answer = run('down')
sys.exit(answer.returncode)
