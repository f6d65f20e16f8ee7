# id: A2.beyond
# title: a run that holds a few processes more than its limit, and waits, gets EAGAIN or is ended
# limits: processes=8 wall=20s
# cause: EXITED|PROCESS_LIMIT
# exit: 0|1
import os
import time
for _ in range(16):
    if os.fork() == 0:
        time.sleep(15)
        os._exit(0)
time.sleep(15)
raise SystemExit(3)
