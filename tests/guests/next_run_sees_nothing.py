# id: Z1
# title: the run after a case is served, and finds nothing of any other run
# limits: wall=60s
import ctypes
import os
import socket
def names(folder):
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()
assert names(".") == {"main.py"}, names(".")
for folder in (os.environ.get("TMPDIR", "/tmp"), "/tmp", "/dev/shm", "/var/tmp", "/run/lock", "/dev/mqueue"):
    assert names(folder) <= ({"main.py"} if folder == os.getcwd() else set()), (folder, names(folder))
def lines(path):
    try:
        return open(path).readlines()
    except OSError:
        return ["header"]
libc = ctypes.CDLL(None, use_errno=True)
for key in (0x5ec0de, 0, 1, 42):
    if key:
        assert libc.shmget(key, 0, 0) == -1 and libc.semget(key, 0, 0) == -1 and libc.msgget(key, 0) == -1, key
for name in ("sysvipc/shm", "sysvipc/sem", "sysvipc/msg"):
    assert len(lines(f"/proc/{name}")) == 1, (name, lines(f"/proc/{name}"))
assert not any("@left" in line for line in lines("/proc/net/unix"))
try:
    socket.socket(socket.AF_UNIX).connect("\0left")
except OSError:
    print("OK")
