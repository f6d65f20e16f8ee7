# id: E3
# title: descriptors 0, 1 and 2 are open and no other, in the program and in what it starts
import fcntl
import os
import subprocess
import sys
def opened():
    found = []
    for number in range(1024):
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
            found.append(number)
        except OSError:
            pass
    return found
if len(sys.argv) > 1:
    print(opened())
    sys.exit(0)
assert opened() == [0, 1, 2], opened()
assert os.fstat(0).st_nlink <= 1
inherited = subprocess.run([sys.executable, __file__, "again"], capture_output=True, text=True, stdin=subprocess.DEVNULL, close_fds=False).stdout
assert inherited == "[0, 1, 2]\n", inherited
for number in (0, 1, 2):
    assert not os.path.isdir(f"/proc/self/fd/{number}"), number
print("OK")
