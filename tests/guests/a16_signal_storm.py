# id: A16
# title: 512 processes that signal each other do not starve the watch: WALL_TIME_LIMIT
# limits: processes=520 wall=2s cpu=60s
# cause: WALL_TIME_LIMIT
# within: 10s
# alone: yes
import os
import signal
signal.signal(signal.SIGUSR1, lambda *_: None)
try:
    for _ in range(511):
        if os.fork() == 0:
            break
except OSError:
    pass
while True:
    try:
        os.kill(-1, signal.SIGUSR1)
    except OSError:
        pass
