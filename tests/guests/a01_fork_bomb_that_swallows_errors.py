# id: A1.deaf
# title: a fork bomb that ignores its errors is held at the process limit until a limit ends it
# limits: processes=30 wall=1500ms cpu=10s
# cause: WALL_TIME_LIMIT|CPU_TIME_LIMIT|PROCESS_LIMIT
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
