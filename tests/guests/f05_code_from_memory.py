# id: F5
# title: code from memory may run, and is confined like any other
import ctypes
import os
import subprocess
import sys
try:
    program = os.memfd_create("program", 0)
except OSError:
    print("OK")  # refused: as good
    sys.exit(0)
with open("/bin/sh", "rb") as file:
    os.write(program, file.read())
path = f"/proc/self/fd/{program}"
script = "id -u; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t ' ' '; : > /usr/x"
if not os.path.exists(path):
    print("OK")  # without /proc, there is no name for it
    sys.exit(0)
done = subprocess.run([path, "-c", script], capture_output=True, text=True, pass_fds=[program])
assert done.stdout.split() == [str(os.getuid()), "CapEff:", "0000000000000000", "NoNewPrivs:", "1", "Seccomp:", "2"], done
assert done.returncode != 0 and not os.path.exists("/usr/x"), done
print("OK")
