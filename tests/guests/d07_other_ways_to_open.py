# id: D7
# title: handles, openat2 and reopened descriptors open nothing that open does not
import ctypes
import errno
import os
import struct
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *arguments)
    return result, ctypes.get_errno()
# openat2: allowed or not there, but not a way to write.
for path in (b"/etc/passwd", b"/usr/bin/env"):
    how = ctypes.create_string_buffer(struct.pack("<QQQ", os.O_RDWR, 0, 0))
    result, error = call(437, -100, path, how, 24)
    assert result == -1 and error in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSYS), (path, error)
# A handle of the root's inode number would open the host's root.
handle = ctypes.create_string_buffer(struct.pack("<II", 8, 1) + struct.pack("<II", 2, 0) + b"\0" * 120)
mount_id = ctypes.c_int()
call(303, -100, b"/usr", handle, ctypes.byref(mount_id), 0)
for descriptor in (-100, os.open("/usr", os.O_RDONLY), os.open(".", os.O_RDONLY), 0):
    result, error = call(304, descriptor, handle, os.O_RDONLY)
    assert result == -1 and error in (errno.EPERM, errno.ENOSYS, errno.EACCES), error
# O_PATH, then again by its name in /proc, for writing.
for path in ("/etc/passwd", "/usr/bin/env", "/usr"):
    descriptor = os.open(path, os.O_PATH)
    for flags in (os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_TMPFILE | os.O_RDWR):
        try:
            os.open(f"/proc/self/fd/{descriptor}", flags)
            raise SystemExit(f"reopened {path}")
        except OSError:
            pass
print("OK")
