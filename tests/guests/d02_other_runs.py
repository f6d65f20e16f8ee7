# id: D2.runs
# title: two runs at once see each other neither in files nor in processes
# runs: left & right
# stdout: ^up\nOK\n$
# limits: wall=60s
import os
import sys
import time
mine, other = f"mark-of-{sys.argv[1]}", f"mark-of-{'right' if sys.argv[1] == 'left' else 'left'}"
def names(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []
own = [os.getcwd(), os.environ.get("TMPDIR", "/tmp")]
for folder in own + ["/dev/shm"]:
    try:
        with open(f"{folder}/{mine}", "w") as file:
            file.write(mine)
    except OSError:
        assert folder not in own, folder
assert mine in names(own[0]) and mine in names(own[1])
print("up", flush=True)
end = time.monotonic() + 1
while time.monotonic() < end:
    for folder in own + ["/work", "/tmp", "/dev/shm", "/var/tmp", "..", "../..", "../../.."]:
        assert other not in names(folder), folder
    for pid in filter(str.isdigit, names("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                assert other[8:] not in file.read().split("\0"), pid
        except OSError:
            pass
    time.sleep(0.05)
print("OK")
