# id: E6
# title: no process can be traced, and the memory and descriptors of those above cannot be reached
import ctypes
import errno
import os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]) == -1 else 0
denied = (errno.EPERM, errno.ENOSYS, errno.EACCES, errno.ESRCH)
buffer = ctypes.create_string_buffer(64)
local = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 64)
remote = (ctypes.c_uint64 * 2)(0x400000, 64)
for pid in {1, os.getppid()} - {0, os.getpid()}:
    assert call(101, 16, pid, 0, 0) in denied, "PTRACE_ATTACH"
    assert call(101, 0x4206, pid, 0, 0) in denied, "PTRACE_SEIZE"
    assert call(310, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) in denied, "process_vm_readv"
    assert call(311, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) in denied, "process_vm_writev"
    descriptor = libc.syscall(434, pid, 0)
    if descriptor >= 0:
        for number in range(64):
            assert call(438, descriptor, number, 0) in denied, "pidfd_getfd"
        assert call(440, descriptor, 0, 0, 4, 0) in denied + (errno.EINVAL, errno.EBADF), "process_madvise"
    for number in (312, ):
        assert call(number, pid, os.getpid(), 0, 0, 0) in denied, "kcmp"
print("OK")
