# id: A5
# title: memory split over children is added up: MEMORY_LIMIT
# limits: memory=64MiB wall=40s
# cause: MEMORY_LIMIT
import os
import sys
import time
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        block = bytearray(b"x") * (40 << 20)
        time.sleep(5)
        os._exit(0)
    children.append(child)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children))
