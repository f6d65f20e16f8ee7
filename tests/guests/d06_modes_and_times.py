# id: D6.modes
# title: modes and times of own files can be changed by every call, those of others by none, whatever leads to them
import ctypes
import os
import threading
import time
open("own", "w").close()
os.mkdir("directory")
os.chmod("own", 0o640)
assert os.stat("own").st_mode & 0o777 == 0o640
os.utime("own", (1, 2))
assert os.stat("own").st_mtime == 2
os.utime("own", ns=(3, 4))
assert os.stat("own").st_mtime_ns == 4
descriptor = os.open(".", os.O_RDONLY)
os.chmod("own", 0o600, dir_fd=descriptor)
os.utime("own", (5, 6), dir_fd=descriptor)
os.symlink("own", "link")
os.chmod("link", 0o644)
os.utime("link", (7, 8), follow_symlinks=False)
assert os.stat("own").st_mode & 0o777 == 0o644 and os.stat("own").st_mtime == 6 and os.lstat("link").st_mtime == 8
for path in [p for p in os.environ.get("ATTACK_HOST_PATHS", "").split(":") if p] + ["/usr", "/usr/bin/env", "/", "/proc/self", "/tmp/.."]:
    os.path.lexists("away") and os.unlink("away")
    os.symlink(path, "away")
    for name in (path, "away", "/proc/self/cwd/away", "directory/../away", os.path.relpath(path)):
        for change in (lambda: os.chmod(name, 0o777), lambda: os.utime(name, (1, 1)), lambda: os.utime(name), lambda: os.chown(name, os.getuid(), os.getgid())):
            try:
                change()
            except OSError:
                continue
            raise SystemExit(f"changed {name}")
for device in ("/dev/null", "/dev/zero", "/dev/urandom"):
    for change in (lambda: os.utime(device), lambda: os.utime(os.open(device, os.O_RDONLY)), lambda: os.utime(os.open(device, os.O_WRONLY))):
        try:
            change()
        except OSError:
            continue
        raise SystemExit(f"changed {device}")
    os.write(os.open(device, os.O_WRONLY), b"x")
os.utime(os.open("own", os.O_RDONLY), (5, 6))
assert os.stat("own").st_mtime == 6
# The name leads elsewhere between the look and the change.
victim = next((p for p in os.environ.get("ATTACK_HOST_PATHS", "").split(":") if os.path.exists(p)), "/usr/bin/env")
before = os.stat(victim) if os.path.exists(victim) else None
stop = False
def swap():
    while not stop:
        for target in ("own", victim):
            os.symlink(target, "next")
            os.rename("next", "swapped")
os.symlink("own", "swapped")
thread = threading.Thread(target=swap)
thread.start()
end = time.monotonic() + 1
changed = 0
while time.monotonic() < end:
    try:
        os.chmod("swapped", 0o611)
        os.utime("swapped", (9, 9))
        changed += 1
    except OSError:
        pass
stop = True
thread.join()
after = os.stat(victim) if before else None
assert changed > 0
assert before is None or (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns), "changed through a link that was swapped"
print("OK")
