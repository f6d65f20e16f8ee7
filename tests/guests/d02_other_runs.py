# id: D2.runs
# title: two runs at once see each other neither in files nor in processes
# runs: left & right
# stdout: ^up\nOK\n$
# limits: wall=20s
import os
import sys
import time
mine, other = f"mark-of-{sys.argv[1]}", f"mark-of-{'right' if sys.argv[1] == 'left' else 'left'}"
for folder in ("/work", "/tmp", "/dev/shm"):
    with open(f"{folder}/{mine}", "w") as file:
        file.write(mine)
print("up", flush=True)
end = time.monotonic() + 1
while time.monotonic() < end:
    for folder in ("/work", "/tmp", "/dev/shm", "/var/tmp"):
        if os.path.isdir(folder):
            assert other not in os.listdir(folder), folder
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                assert other[8:] not in file.read().split("\0"), pid
        except OSError:
            pass
    time.sleep(0.05)
print("OK")
