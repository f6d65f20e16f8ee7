# id: F3
# title: io_uring is not there, which programs that probe it understand; nor is AIO, of which the host has a number for all
import ctypes
import errno
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(256)
for number, arguments in ((206, (8, ctypes.create_string_buffer(8))), (425, (8, buffer)), (426, (0, 0, 0, 0, None, 0)), (427, (0, 0, None, 0))):
    ctypes.set_errno(0)
    assert libc.syscall(number, *arguments) == -1
    assert ctypes.get_errno() in (errno.ENOSYS, errno.EPERM), ctypes.get_errno()
print("OK")
