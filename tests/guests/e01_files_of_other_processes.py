# id: E1.files
# title: memory, environment, files and mounts of other processes cannot be opened, whatever their number
import os
own = {os.getpid()}
opened = []
for pid in [1, os.getppid(), *range(2, 3000)]:
    if pid in own or os.path.exists(f"/proc/self/task/{pid}"):
        continue
    names = ["environ", "maps", "mem", "root/etc", "cwd/.", "fd/0", "stack", "auxv", "ns/mnt"] if pid < 300 or pid == os.getppid() else ["environ", "mem"]
    for name in names:
        try:
            descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            if os.path.isdir(f"/proc/{pid}/{name}") or os.read(descriptor, 100):
                opened.append((pid, name))
        except OSError:
            pass
        os.close(descriptor)
assert not opened, opened
print("OK")
