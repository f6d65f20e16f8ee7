# id: A15
# title: a daemon that holds stdout neither outlives the program nor delays its end
# limits: wall=40s
# stdout: ^parent ends\n$
# exit: 5
# within: 20s
import os
import signal
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(90)
        print("the daemon is still here", flush=True)
    os._exit(0)
time.sleep(0.1)
print("parent ends", flush=True)
os._exit(5)
