# id: F1
# title: 32-bit and x32 system calls are refused or end the process
import ctypes
import errno
import mmap
import os
import platform
import sys
if platform.machine() != "x86_64":
    print("not installed: an x86-64 machine")
    sys.exit(77)
libc = ctypes.CDLL(None, use_errno=True)
for number in (39, 57, 59, 2, 165, 520):
    ctypes.set_errno(0)
    assert libc.syscall(ctypes.c_long(0x40000000 + number), 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() in (errno.ENOSYS, errno.EPERM), number
def by_int_80(number, first):
    # mov eax, number; mov ebx, first; int 0x80; ret
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\x53\xb8" + number.to_bytes(4, "little") + b"\xbb" + first.to_bytes(4, "little") + b"\xcd\x80\x5b\x48\x98\xc3")
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
# 32-bit: 1 exit, 20 getpid, 33 access, 2 fork
for number, first in ((20, 0), (1, 66), (2, 0), (33, 0)):
    child = os.fork()
    if child == 0:
        result = by_int_80(number, first)
        os._exit(0 if result in (-errno.ENOSYS, -errno.EPERM) else 99)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (31, 11)
    assert killed or os.waitstatus_to_exitcode(status) == 0, (number, status)
print("OK")
