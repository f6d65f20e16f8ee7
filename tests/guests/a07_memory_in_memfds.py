# id: A7.memfd
# title: memory in memfds, mapped nowhere, counts for the memory limit
# limits: memory=64MiB wall=20s
# cause: MEMORY_LIMIT
# not-at: namespaced,restricted: without a cgroup unmapped memfds escape the accounting (SECURITY.md)
import os
import time
files = []
for _ in range(20):
    files.append(os.memfd_create("m"))
    for _ in range(16):
        os.write(files[-1], b"x" * (1 << 20))
time.sleep(1)
print("holds 320 MiB under a limit of 64 MiB")
