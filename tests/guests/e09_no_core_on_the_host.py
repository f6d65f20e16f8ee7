# id: E9
# title: a dumpable program that crashes hands no core to the host
import ctypes
import os
import resource
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(4, 1, 0, 0, 0)
for limit in (resource.RLIM_INFINITY, 1 << 30, 1):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
        raise SystemExit("may dump core")
    except (OSError, ValueError):
        pass
child = os.fork()
if child == 0:
    os.abort()
_, status = os.waitpid(child, 0)
assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status), status
print("OK")
