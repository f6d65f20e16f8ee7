# id: A3
# title: threads count as processes: with a limit of 20 a program gets 19 more
# not-at: restricted: without a user namespace the kernel counts the processes of all runs together (docs/sandbox.md)
# limits: processes=20 wall=40s
# stdout: ^19\n$
import os
import threading
stop = threading.Event()
threads = []
try:
    while len(threads) < 100:
        thread = threading.Thread(target=stop.wait, daemon=True)
        thread.start()
        threads.append(thread)
except RuntimeError:
    pass
print(len(threads), flush=True)
os._exit(0)
