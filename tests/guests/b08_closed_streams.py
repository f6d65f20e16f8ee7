# id: B8
# title: a program that closes its streams runs on, and its exit code is told
# limits: wall=60s
# stdout: ^$
# exit: 7
import os
import time
for descriptor in (0, 1, 2):
    os.close(descriptor)
time.sleep(1)
os._exit(7)
