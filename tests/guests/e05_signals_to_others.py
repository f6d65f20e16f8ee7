# id: E5
# title: signals reach the program's own processes at most
# cause: EXITED|SIGNALED|SANDBOX_LOST
# exit: any
# stdout: ^before\n
# limits: wall=40s
import os
import signal
print("before", flush=True)
for pid in (1, os.getppid(), -os.getpgrp() if os.getpgrp() != os.getpid() else 1):
    for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGCONT, signal.SIGHUP, signal.SIGSEGV, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except OSError:
            pass
for number in (signal.SIGTERM, signal.SIGKILL):
    try:
        os.kill(-1, number)
    except OSError:
        pass
print("OK")
