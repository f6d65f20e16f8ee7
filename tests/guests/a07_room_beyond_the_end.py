# id: A7.room
# title: room that is set aside beyond the end of a file is none beyond the disk limit
# limits: disk=16MiB wall=60s
import ctypes
import os
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
for mode in (0, 1, 0x10, 0x11, 0x2, 0x3, 0x20):
    file = os.open("room", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.write(file, b"x" * 4096)
    libc.fallocate(file, mode, 4096, 600 << 20)
    room = os.fstat(file).st_blocks * 512
    os.close(file)
    assert room <= 16 << 20, (mode, room)
print("OK")
