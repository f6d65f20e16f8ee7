# id: D9
# title: names that are no names get their ordinary errors
import ctypes
import errno
libc = ctypes.CDLL(None, use_errno=True)
def error_of(path, flags=0):
    ctypes.set_errno(0)
    result = libc.open(path, flags)
    assert result == -1, path
    return ctypes.get_errno()
assert error_of(None) == errno.EFAULT
assert error_of(ctypes.c_void_p(1)) == errno.EFAULT
assert error_of(ctypes.c_void_p(0xffffffffffffff00)) == errno.EFAULT
assert error_of(b"x" * 4352) == errno.ENAMETOOLONG
assert error_of(b"x" * 300) == errno.ENAMETOOLONG
for name in (b"\xaa", b"%s%n%n", b"", b"\x1b[2J", b"a/" * 100 + b"x"):
    assert error_of(name) == errno.ENOENT, name
print("OK")
