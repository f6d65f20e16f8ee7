# id: A18.shared
# title: terminals and inotify watches, of which the host has a number for all, are bounded for each run
import ctypes
import os
terminals = []
try:
    while len(terminals) <= 64:
        terminals.append(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
except OSError:
    pass
assert len(terminals) <= 64, "more than 64 terminals"
libc = ctypes.CDLL(None, use_errno=True)
watcher = libc.inotify_init1(0)
watches = 0
for number in range(9000):
    os.mkdir(f"d{number}")
    if libc.inotify_add_watch(watcher, f"d{number}".encode(), 2) < 0:
        break
    watches += 1
# Where /proc cannot be mounted, this number cannot be set (docs/sandbox.md).
assert watches <= 8192 or not os.path.exists("/proc/self"), f"{watches} watches"
print("OK")
