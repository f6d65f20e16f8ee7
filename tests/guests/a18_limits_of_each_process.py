# id: A18.limits
# title: each process has the kernel's own limits behind those of the run
# limits: files=64 cpu=5s
import resource
def hard(limit):
    value = resource.getrlimit(limit)[1]
    return float("inf") if value == resource.RLIM_INFINITY else value
assert hard(resource.RLIMIT_NOFILE) == 64, hard(resource.RLIMIT_NOFILE)
assert hard(resource.RLIMIT_CORE) == 0, hard(resource.RLIMIT_CORE)
assert hard(resource.RLIMIT_CPU) <= 120, hard(resource.RLIMIT_CPU)  # that of the run may be asked for manyfold
assert hard(resource.RLIMIT_MEMLOCK) <= 64 << 10, hard(resource.RLIMIT_MEMLOCK)
assert hard(resource.RLIMIT_MSGQUEUE) == 0, hard(resource.RLIMIT_MSGQUEUE)
assert hard(resource.RLIMIT_SIGPENDING) <= 1024, hard(resource.RLIMIT_SIGPENDING)
# No RLIMIT_AS: what programs reserve is not what they use.
assert hard(resource.RLIMIT_AS) == float("inf")
print("OK")
