# id: E8
# title: there is no terminal of others, and input cannot be pushed into any
import ctypes
import errno
import os
import pty
try:
    os.open("/dev/tty", os.O_RDWR)
    raise SystemExit("opened /dev/tty")
except OSError:
    pass
for path in ("/dev/tty0", "/dev/tty1", "/dev/console", "/dev/ttyS0", "/dev/vcs", "/dev/hvc0"):
    try:
        os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        continue
    raise SystemExit(f"opened {path}")
assert not any(os.isatty(number) for number in (0, 1, 2))
libc = ctypes.CDLL(None, use_errno=True)
libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p]
try:
    descriptors = pty.openpty()
except OSError:
    descriptors = (0, 1)
# TIOCSTI, TIOCLINUX; the high half of the number is not looked at by the kernel.
for request in (0x5412, 0x541C):
    for high in (0, 1 << 32, 1 << 40, 0xffffffff << 32):
        for descriptor in descriptors:
            ctypes.set_errno(0)
            assert libc.ioctl(descriptor, request | high, b"x\0") == -1, hex(request | high)
            assert ctypes.get_errno() in (errno.EPERM, errno.EACCES, errno.ENOTTY, errno.ENOSYS), (hex(request), ctypes.get_errno())
assert libc.ioctl(descriptors[1], 0x541D, None) == -1, "TIOCCONS"
print("OK")
