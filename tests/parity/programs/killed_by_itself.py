import os, signal
print("bye")
os.kill(os.getpid(), signal.SIGTERM)
