# id: B4
# title: what was written before a timeout arrives
# limits: wall=2s
# cause: WALL_TIME_LIMIT
# stdout: ^1\n2\n3\n$
# stderr: ^careful\n$
import sys
import time
for number in (1, 2, 3):
    print(number)
print("careful", file=sys.stderr)
time.sleep(60)
