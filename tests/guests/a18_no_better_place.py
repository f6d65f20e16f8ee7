# id: A18
# title: a program cannot raise its priority, its limits, its processors or its standing with the OOM killer
import errno
import os
import resource
denied = (errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EINVAL, errno.ENOSYS)
def refused(what, attempt):
    try:
        attempt()
    except (OSError, ValueError) as error:
        assert isinstance(error, ValueError) or error.errno in denied, (what, error)
        return
    raise SystemExit(f"allowed: {what}")
refused("nice -20", lambda: os.nice(-20))
refused("SCHED_FIFO", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))
refused("SCHED_RR", lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)))
for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK):
    soft, hard = resource.getrlimit(limit)
    if hard != resource.RLIM_INFINITY:
        refused(f"rlimit {limit}", lambda: resource.setrlimit(limit, (soft, hard + 1)))
def less_likely_to_be_killed():
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-1")
refused("oom_score_adj", less_likely_to_be_killed)
mine = os.sched_getaffinity(0)
try:
    os.sched_setaffinity(0, range(1024))
except OSError:
    pass
assert os.sched_getaffinity(0) <= mine, "more processors than before"
print("OK")
