# id: A11.lost
# title: processor time counts of children that the kernel was told to forget, handler or not: CPU_TIME_LIMIT
# limits: cpu=1s wall=60s
# cause: CPU_TIME_LIMIT
import ctypes
import os
import signal
import time
signal.signal(signal.SIGCHLD, lambda *_: None)
libc = ctypes.CDLL(None)
class Action(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_ulong * 16), ("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]
action = Action()
assert libc.sigaction(signal.SIGCHLD, None, ctypes.byref(action)) == 0
action.flags |= 2  # SA_NOCLDWAIT
assert libc.sigaction(signal.SIGCHLD, ctypes.byref(action), None) == 0
# What each used since it was last looked at is lost, of the rest nothing.
used = 0
while used < 20:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.06
        while time.process_time() < end:
            pass
        os._exit(0)
    try:
        os.waitpid(child, 0)
    except ChildProcessError:
        pass
    used += 0.06
