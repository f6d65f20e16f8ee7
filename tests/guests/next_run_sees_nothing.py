# id: Z1
# title: the run after a case is served, and finds nothing of any other run
# limits: wall=20s
import ctypes
import os
import socket
for folder, allowed in (("/work", {"main.py"}), ("/tmp", set()), ("/dev/shm", set()), ("/var/tmp", set()), ("/run/lock", set()), ("/dev/mqueue", set())):
    if os.path.isdir(folder):
        assert set(os.listdir(folder)) <= allowed, (folder, os.listdir(folder))
libc = ctypes.CDLL(None, use_errno=True)
for key in (0x5ec0de, 0, 1, 42):
    if key:
        assert libc.shmget(key, 0, 0) == -1 and libc.semget(key, 0, 0) == -1 and libc.msgget(key, 0) == -1, key
for name in ("shm", "sem", "msg"):
    if os.path.exists(f"/proc/sysvipc/{name}"):
        assert len(open(f"/proc/sysvipc/{name}").readlines()) == 1, name
if os.path.exists("/proc/net/unix"):
    assert len(open("/proc/net/unix").readlines()) == 1, open("/proc/net/unix").read()
try:
    socket.socket(socket.AF_UNIX).connect("\0left")
    raise SystemExit("an abstract socket is left")
except ConnectionRefusedError:
    pass
print("OK")
