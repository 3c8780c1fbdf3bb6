#!/usr/bin/python3
"""A terminal for tests: screen.py ROWS COLS PROGRAM [ARG...]

Runs PROGRAM on a pseudo-terminal of type vt100, keeps what its screen shows, and
obeys commands on standard input, a line each, answered by one line each:

  type TEXT       types it; \\r, \\x1b and the like are as in Python
  see REGEX       waits until the screen shows it: "ok" and what matched, or "no"
  size ROWS COLS  gives the terminal another size
  show            the whole screen, its lines joined by "|"
  end             waits until PROGRAM has ended: "ok" and its status

Lines of the screen are joined by newlines for REGEX (^ and $ match at each). Each wait ends
after LIMIT_S seconds.
"""
import codecs, fcntl, os, pty, re, select, signal, struct, sys, termios, time

LIMIT_S = float(os.environ.get('LIMIT_S', '60'))
rows, cols = int(sys.argv[1]), int(sys.argv[2])


class Screen:
    """As much of a VT100 as ncurses uses of it."""

    def __init__(self):
        self.cells = [[' '] * cols for _ in range(rows)]
        self.y = self.x = 0
        self.rest = b''

    def resize(self):
        old = self.cells
        self.cells = [[' '] * cols for _ in range(rows)]
        for y in range(min(rows, len(old))):
            for x in range(min(cols, len(old[0]))):
                self.cells[y][x] = old[y][x]
        self.y, self.x = min(self.y, rows - 1), min(self.x, cols - 1)

    def erase(self, y, first, last):
        for x in range(first, last):
            self.cells[y][x] = ' '

    def control(self, params, final):
        numbers = [int(n) for n in params.lstrip(b'?').split(b';') if n.isdigit()]
        first = numbers[0] if numbers else 0
        step = max(1, first)
        if final in b'Hf':
            self.y = min(rows, max(1, first)) - 1
            self.x = min(cols, max(1, numbers[1] if len(numbers) > 1 else 1)) - 1
        elif final == b'A':
            self.y = max(0, self.y - step)
        elif final == b'B':
            self.y = min(rows - 1, self.y + step)
        elif final == b'C':
            self.x = min(cols - 1, self.x + step)
        elif final == b'D':
            self.x = max(0, min(self.x, cols - 1) - step)
        elif final == b'K':
            self.erase(self.y, 0 if first else self.x, min(cols, self.x + 1) if first == 1 else cols)
        elif final == b'J':
            if first != 1:
                self.erase(self.y, 0 if first == 2 else self.x, cols)
            for y in range(0 if first else self.y + 1, self.y if first == 1 else rows):
                self.erase(y, 0, cols)
        elif final not in b'mhlr':
            raise SystemExit(f'unknown control sequence {params} {final}')

    def newline(self):
        self.y += 1
        if self.y == rows:
            self.cells.pop(0)
            self.cells.append([' '] * cols)
            self.y -= 1

    def plain(self, octet):
        if octet == 10:
            self.newline()
        elif octet == 13:
            self.x = 0
        elif octet == 8:
            self.x = max(0, self.x - 1)
        elif octet == 9:
            self.x = min(cols - 1, (self.x // 8 + 1) * 8)
        elif octet >= 32:
            if self.x >= cols:
                self.x = 0
                self.newline()
            self.cells[self.y][self.x] = chr(octet)
            self.x += 1

    def feed(self, data):
        data = self.rest + data
        at = 0
        while at < len(data):
            if data[at] != 27:
                self.plain(data[at])
                at += 1
                continue
            found = re.compile(rb'\x1b(?:\[([0-9;?]*)([@-~])|[()].|[=>78DEHM])').match(data, at)
            if not found:
                break  # the rest of it is to come
            if found.group(2):
                self.control(found.group(1), found.group(2))
            elif found.group(0) == b'\x1bM':
                self.y = max(0, self.y - 1)
            at = found.end()
        self.rest = data[at:]

    def text(self):
        return '\n'.join(''.join(line).rstrip() for line in self.cells)


def set_size(fd):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))


pid, terminal = pty.fork()
if pid == 0:
    set_size(0)
    os.environ['TERM'] = 'vt100'
    os.execvp(sys.argv[3], sys.argv[3:])
set_size(terminal)
os.set_blocking(terminal, False)
screen = Screen()
status = None


def pump(wait_s):
    """Takes what the program wrote; False when there is no terminal any more."""
    global terminal
    if terminal is None:
        return False
    if select.select([terminal], [], [], wait_s)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b''
        if not data:
            terminal = None
            return False
        screen.feed(data)
    return True


def see(regex):
    wanted, deadline = re.compile(regex, re.M), time.monotonic() + LIMIT_S
    while True:
        found = wanted.search(screen.text())
        if found:
            return 'ok ' + (found.group(1) if found.groups() else found.group(0)).replace('\n', '|')
        if time.monotonic() > deadline or not pump(0.1):
            return 'no'


def end():
    global status
    deadline = time.monotonic() + LIMIT_S
    while status is None and time.monotonic() < deadline:
        pump(0.02)
        done, how = os.waitpid(pid, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(how)
    while status is not None and pump(0):
        if not select.select([terminal], [], [], 0)[0]:
            break
    return 'no' if status is None else f'ok {status}'


def obey(line):
    global rows, cols
    command, _, words = line.rstrip('\n').partition(' ')
    if command == 'type':
        os.write(terminal, codecs.escape_decode(words.encode())[0])
        return 'ok'
    if command == 'see':
        return see(words)
    if command == 'size':
        rows, cols = map(int, words.split())
        screen.resize()
        set_size(terminal)
        return 'ok'
    if command == 'show':
        return screen.text().replace('\n', '|')
    if command == 'end':
        return end()
    return f'no such command: {command}'


commands = sys.stdin.fileno()
pending = b''
while True:
    fds = [commands] + ([terminal] if terminal is not None else [])
    ready = select.select(fds, [], [])[0]
    if terminal in ready:
        pump(0)
    if commands in ready:
        data = os.read(commands, 65536)
        if not data:
            break
        pending += data
        while b'\n' in pending:
            line, _, pending = pending.partition(b'\n')
            print(obey(line.decode()), flush=True)
if status is None:
    os.kill(pid, signal.SIGKILL)
