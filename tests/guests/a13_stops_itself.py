# id: A13
# title: a program that stops itself still meets its wall limit
# limits: wall=500ms
# cause: WALL_TIME_LIMIT
import os
import signal
os.kill(os.getpid(), signal.SIGSTOP)
print("went on")
