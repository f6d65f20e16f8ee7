# id: A14
# title: a program that ignores and blocks all signals is killed at its wall limit
# limits: wall=2s
# cause: WALL_TIME_LIMIT
# stdout: ^ready\n$
import os
import signal
import time
for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        while True:
            time.sleep(60)
print("ready", flush=True)
while True:
    time.sleep(60)
