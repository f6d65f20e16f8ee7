# id: A11.children
# title: processor time is that of the whole tree, dead children included: CPU_TIME_LIMIT
# limits: cpu=700ms wall=30s
# cause: CPU_TIME_LIMIT
import os
import time
while True:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(child, 0)
