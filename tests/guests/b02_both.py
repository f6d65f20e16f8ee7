# id: B2.both
# title: stdout and stderr share one output limit, and the verdict says how much it is
# limits: output=64KiB wall=60s
# cause: OUTPUT_LIMIT
# output-bytes: 65536
# message: 64 KiB
import os
while True:
    os.write(1, b"o" * 1000)
    os.write(2, b"e" * 1000)
