# id: A7.memfd
# title: memory in memfds, mapped nowhere, counts for the memory limit, or there are none
# limits: memory=64MiB wall=60s
# cause: MEMORY_LIMIT|EXITED
# stdout: ^(refused\n)?$
# not-at: namespaced,restricted: without a cgroup unmapped memfds escape the accounting (SECURITY.md)
import os
import sys
import time
try:
    files = [os.memfd_create("m")]
except OSError:
    print("refused")
    sys.exit(0)
for _ in range(20):
    files.append(os.memfd_create("m"))
    for _ in range(16):
        os.write(files[-1], b"x" * (1 << 20))
time.sleep(1)
print("holds 320 MiB under a limit of 64 MiB")
