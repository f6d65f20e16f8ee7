# id: A8.hidden
# title: a program that asks not to be looked at, and has reserved much address space, runs all the same
# limits: memory=64MiB
import ctypes
import mmap
import time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
reserved = mmap.mmap(-1, 2 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=0)
time.sleep(0.5)
print("OK")
