import os
import signal

if os.path.basename(os.getcwd()) != "work":
    os.kill(os.getpid(), signal.SIGKILL)
