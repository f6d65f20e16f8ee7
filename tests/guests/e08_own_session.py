# id: E8.session
# title: a program leads a session of its own, so that no terminal and no process group of the service is its own
import os
assert os.getsid(0) == os.getpgid(0) == os.getpid(), (os.getsid(0), os.getpgid(0), os.getpid())
try:
    os.open("/dev/tty", os.O_RDWR)
    raise SystemExit("has a controlling terminal")
except OSError:
    pass
print("OK")
