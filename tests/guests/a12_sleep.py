# id: A12
# title: sleeping past the wall limit is WALL_TIME_LIMIT, not a CPU limit
# limits: cpu=1s wall=2s
# cause: WALL_TIME_LIMIT
# stdout: ^before\n$
import time
print("before", flush=True)
time.sleep(60)
