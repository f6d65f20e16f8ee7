# id: L5.tty
# title: under a pseudo terminal programs see a terminal, its size and its colours, and Ctrl-C reaches them
# limits: wall=60s
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
if not os.path.exists("/dev/ptmx"):
    raise SystemExit("no /dev/ptmx")
controller, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
program = """
import os, time
try:
    print(os.isatty(1), os.get_terminal_size(), flush=True)
    while True:
        time.sleep(0.05)
except KeyboardInterrupt:
    print("interrupted")
"""
def take_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
child = subprocess.Popen([sys.executable, "-c", program], stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=take_terminal)
os.close(terminal)
text = ""
def read_until(word):
    global text
    end = time.monotonic() + 10
    while word not in text and time.monotonic() < end:
        if select.select([controller], [], [], 0.1)[0]:
            try:
                text += os.read(controller, 4096).decode()
            except OSError:
                break
    assert word in text, text
read_until("lines=33")
assert "True os.terminal_size(columns=99, lines=33)" in text, text
os.write(controller, b"\x03")
read_until("interrupted")
assert child.wait(10) == 0
colours = subprocess.run(["script", "-qec", "ls --color=auto -d /usr", "/dev/null"], capture_output=True, stdin=subprocess.DEVNULL, env=dict(os.environ, TERM="xterm")) if os.path.exists("/usr/bin/script") else None
assert colours is None or b"\x1b[" in colours.stdout, colours
print("OK")
