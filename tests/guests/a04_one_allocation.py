# id: A4
# title: one allocation above the limit is MEMORY_LIMIT, not a signal, and what was printed before arrives
# limits: memory=64MiB wall=40s
# cause: MEMORY_LIMIT
# stdout: ^before\n$
# message: 64 MiB
# evidence: memory
import time
print("before", flush=True)
block = bytearray(400 << 20)
time.sleep(5)
print("after")
