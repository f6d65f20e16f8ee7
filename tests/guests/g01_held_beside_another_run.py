# id: G1.beside
# title: what one run holds in IPC, memory, keys, files and sockets, a run beside it does not find
# limits: wall=60s
# stdout: OK\n$
# runs: leave & look
import ctypes
import os
import socket
import sys
import time
libc = ctypes.CDLL(None, use_errno=True)
KEY = 0x5ec0de
def attempt(action):
    try:
        return action()
    except OSError:
        return None
if sys.argv[1] == "leave":
    libc.shmget(KEY, 4096, 0o1666)
    libc.semget(KEY, 1, 0o1666)
    libc.msgget(KEY, 0o1666)
    attempt(lambda: libc.mq_open(b"/left", os.O_CREAT | os.O_RDWR, 0o666, None))
    libc.syscall(248, b"user", b"left", b"x", 1, -4)
    kept = attempt(lambda: socket.socket(socket.AF_UNIX))
    attempt(lambda: kept and (kept.bind("\0left"), kept.listen()))
    for folder in (".", os.environ.get("TMPDIR", "/tmp"), "/work", "/tmp", "/dev/shm", "/var/tmp", "/run/lock", "/run", "/dev/mqueue", os.path.expanduser("~")):
        attempt(lambda: open(folder + "/left", "w").close())
    print("up", flush=True)
    time.sleep(1)
    print("OK")
    sys.exit(0)
assert libc.shmget(KEY, 0, 0) == -1, "shared memory"
assert libc.semget(KEY, 0, 0) == -1, "semaphore"
assert libc.msgget(KEY, 0) == -1, "message queue"
assert libc.mq_open(b"/left", os.O_RDWR) == -1, "POSIX message queue"
assert libc.syscall(249, b"user", b"left", None, 0) == -1, "key"
for folder in (".", os.environ.get("TMPDIR", "/tmp"), "/work", "/tmp", "/dev/shm", "/var/tmp", "/run/lock", "/run", "/dev/mqueue", os.path.expanduser("~")):
    assert not os.path.exists(folder + "/left"), folder
if attempt(lambda: socket.socket(socket.AF_UNIX).connect("\0left") or True):
    raise SystemExit("abstract socket")
print("OK")
