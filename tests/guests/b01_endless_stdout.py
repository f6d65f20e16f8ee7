# id: B1
# title: endless output is OUTPUT_LIMIT, and the first bytes up to the limit arrive
# limits: output=64KiB wall=60s
# cause: OUTPUT_LIMIT
# output-bytes: 65536
# message: 64 KiB
# stdout: x$
while True:
    print("x" * 100, end="")
