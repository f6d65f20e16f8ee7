# id: B3
# title: a program that wrote too much and is gone already still ends as OUTPUT_LIMIT
# limits: output=20KiB wall=60s
# cause: OUTPUT_LIMIT
# output-bytes: 20480
import os
os.write(1, b"x" * 60000)
os._exit(0)
