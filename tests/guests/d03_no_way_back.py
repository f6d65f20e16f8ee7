# id: D3
# title: no leftover of the set-up leads out of the sandbox
import os
for path in ("/oldroot", "/old_root", "/.oldroot", "/newroot", "/put_old", "/.pivot_root", "/host", "/rootfs"):
    assert not os.path.exists(path), path
root = os.stat("/")
assert os.path.realpath("/" + "../" * 60) == "/"
assert os.stat("/" + "../" * 60)[:3] == root[:3]
descriptor = os.open("/", os.O_RDONLY)
for _ in range(60):
    descriptor, above = os.open("..", os.O_RDONLY, dir_fd=descriptor), descriptor
    os.close(above)
assert os.fstat(descriptor)[:3] == root[:3]
# A directory inherited open would be a way around every mount.
for entry in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else map(str, range(1024)):
    number = int(entry)
    if number == descriptor:
        continue
    try:
        os.fchdir(number)
    except OSError:
        continue
    assert os.getcwd() in ("/work", "/proc/%d/fd" % os.getpid(), "/proc/self/fd"), (number, os.getcwd())
print("OK")
