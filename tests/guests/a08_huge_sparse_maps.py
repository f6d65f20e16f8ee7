# id: A8
# title: huge sparse maps and files cost nothing, or are refused
# limits: memory=64MiB wall=40s
import errno
import mmap
import os
allowed = (errno.ENOMEM, errno.EFBIG, errno.ENOSPC, errno.EINVAL)
for exponent in (34, 37, 40, 44):
    try:
        mmap.mmap(-1, 1 << exponent, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000).close()
    except (OSError, OverflowError) as error:
        assert isinstance(error, OverflowError) or error.errno in allowed, error
with open("sparse", "wb") as file:
    for exponent in (34, 40, 50):
        try:
            os.ftruncate(file.fileno(), 1 << exponent)
        except OSError as error:
            assert error.errno in allowed, error
print("OK")
