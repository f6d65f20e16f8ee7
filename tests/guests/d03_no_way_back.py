# id: D3
# title: no leftover of the set-up leads out of the sandbox
import os
def opens(path, **more):
    try:
        return os.open(path, os.O_RDONLY, **more)
    except OSError:
        return None
for path in ("/oldroot", "/old_root", "/.oldroot", "/newroot", "/put_old", "/.pivot_root", "/host", "/rootfs"):
    assert opens(path) is None, path
here, root = os.getcwd(), os.stat("/")
assert os.path.realpath("/" + "../" * 60) == "/"
assert os.stat("/" + "../" * 60)[:3] == root[:3]
descriptor = opens("/")
if descriptor is not None:
    for _ in range(60):
        descriptor, above = os.open("..", os.O_RDONLY, dir_fd=descriptor), descriptor
        os.close(above)
    assert os.fstat(descriptor)[:3] == root[:3]
# A directory inherited open would be a way around every mount.
for number in range(1024):
    if number == descriptor:
        continue
    try:
        os.fchdir(number)
    except OSError:
        continue
    raise SystemExit(f"descriptor {number} is the directory {os.getcwd()}")
assert os.getcwd() == here
print("OK")
