# id: B2
# title: endless output to stderr is OUTPUT_LIMIT
# limits: output=64KiB wall=60s
# cause: OUTPUT_LIMIT
# output-bytes: 65536
import sys
while True:
    sys.stderr.write("x" * 100)
