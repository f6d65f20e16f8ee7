# id: A11.vdso
# title: reading the clock without system calls for ever is WALL_TIME_LIMIT
# limits: cpu=20s wall=700ms
# cause: WALL_TIME_LIMIT
import time
while True:
    time.monotonic()
