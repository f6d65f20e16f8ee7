# id: A7
# title: files in /dev/shm end at ENOSPC or MEMORY_LIMIT, never in the host's memory
# not-at: restricted: programs have no /dev/shm there
# limits: memory=96MiB disk=8MiB wall=60s
# cause: EXITED|MEMORY_LIMIT
# stdout: ^(OK\n)?$
import errno
written = 0
try:
    with open("/dev/shm/fill", "wb", buffering=0) as file:
        while written < 2 << 30:
            written += file.write(b"x" * 65536)
except OSError as error:
    print("OK" if error.errno == errno.ENOSPC and written <= 96 << 20 else f"{error} after {written}")
