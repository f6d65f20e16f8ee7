# id: A4.slowly
# title: memory that grows page by page ends as MEMORY_LIMIT
# limits: memory=64MiB wall=60s cpu=15s
# cause: MEMORY_LIMIT
import time
blocks = []
while True:
    blocks.append(bytearray(1 << 20))
    time.sleep(0.002)
