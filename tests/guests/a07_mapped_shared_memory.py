# id: A7.mapped
# title: touching a mapped /dev/shm file beyond its space is SIGBUS, ENOSPC or MEMORY_LIMIT
# not-at: restricted: programs have no /dev/shm there
# limits: memory=96MiB disk=8MiB wall=60s
# cause: SIGNALED|MEMORY_LIMIT|EXITED
# stdout: ^(ENOSPC\n)?$
import errno
import mmap
import os
file = os.open("/dev/shm/map", os.O_RDWR | os.O_CREAT)
try:
    os.ftruncate(file, 2 << 30)
except OSError as error:
    print(errno.errorcode[error.errno])
    raise SystemExit(0)
memory = mmap.mmap(file, 2 << 30)
for offset in range(0, 2 << 30, 4096):
    memory[offset] = 1
print("touched 2 GiB")
