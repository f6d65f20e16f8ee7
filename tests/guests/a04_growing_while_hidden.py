# id: A4.hidden
# title: memory counts even where a process asks not to be looked at (PR_SET_DUMPABLE): MEMORY_LIMIT
# limits: memory=64MiB wall=30s
# cause: MEMORY_LIMIT
import ctypes
import time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
memory = bytearray(300 << 20)
for at in range(0, len(memory), 4096):
    memory[at] = 1
time.sleep(5)
