# id: B7.line
# title: a line of 32 MiB without an end arrives unchanged
# limits: output=40MiB wall=30s memory=256MiB
# stdout-repeat: 33554432 x
import os
block = memoryview(b"x" * (1 << 20))
for _ in range(32):
    rest = block
    while rest:
        rest = rest[os.write(1, rest):]
