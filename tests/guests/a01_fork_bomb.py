# id: A1
# title: a fork bomb meets the process limit, gets EAGAIN and ends
# not-at: restricted: the kernel counts all processes of the user there, so that the accounting ends the bomb before a fork is refused (A1.deaf)
# limits: processes=15 wall=60s cpu=15s
# cause: EXITED|PROCESS_LIMIT
# exit: 1
# stderr: BlockingIOError.*(11|EAGAIN)
import os
while True:
    os.fork()
