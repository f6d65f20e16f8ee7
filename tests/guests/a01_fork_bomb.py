# id: A1
# title: a fork bomb meets the process limit, gets EAGAIN and ends
# limits: processes=15 wall=60s cpu=15s
# cause: EXITED|PROCESS_LIMIT
# exit: 1
# stderr: BlockingIOError.*(11|EAGAIN)
import os
while True:
    os.fork()
