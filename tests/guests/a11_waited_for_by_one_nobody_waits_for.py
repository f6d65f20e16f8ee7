# id: A11.unwaited
# title: processor time counts where a process that nobody waits for has waited for those that used it: CPU_TIME_LIMIT
# limits: cpu=1s wall=30s
# cause: CPU_TIME_LIMIT
import os
import signal
import time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(8):
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for _ in range(60):
            child = os.fork()
            if child == 0:
                end = time.process_time() + 0.008
                while time.process_time() < end:
                    pass
                os._exit(0)
            os.waitpid(child, 0)
        os._exit(0)
    try:
        os.wait()
    except ChildProcessError:
        pass
