# id: J8
# title: orphans are reaped: sixty of them never fill a process limit of 10
# limits: processes=10 wall=40s cpu=30s
import os
import time
for _ in range(60):
    while True:
        try:
            child = os.fork()
            break
        except BlockingIOError:
            time.sleep(0.001)
    if child == 0:
        try:
            os.fork()
        except BlockingIOError:
            pass
        os._exit(0)
    os.waitpid(child, 0)
print("OK")
