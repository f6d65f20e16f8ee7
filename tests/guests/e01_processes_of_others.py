# id: E1
# title: a program sees its own processes only, and nothing of the one above it
# not-at: restricted: without a pid namespace the processes of the host are seen, though not their memory, files or environment (E1.files)
import os
import re
listed = [int(name) for name in os.listdir("/proc") if name.isdigit()]
assert set(listed) <= {1, os.getppid(), os.getpid()}, listed
above = [pid for pid in {1, os.getppid()} if pid not in (0, os.getpid())]
for pid in above:
    for name in ("environ", "maps", "mem", "auxv", "stack", "syscall", "fd/0", "fdinfo/0", "map_files", "root/etc", "cwd/x", "exe", "ns/mnt", "ns/user"):
        try:
            descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY)
        except OSError:
            continue
        try:
            content = os.read(descriptor, 100)
        except OSError:
            continue
        assert not content, (pid, name, content)
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            command = file.read()
        assert not re.search(r"(/state|--listen|--skills|/tmp/|/root/|/home/)", command), command
    except OSError:
        pass
for pid in range(2, 5000):
    if pid in (os.getpid(), os.getppid()) or os.path.exists(f"/proc/self/task/{pid}"):
        continue
    assert not os.path.exists(f"/proc/{pid}"), pid
    try:
        os.kill(pid, 0)
        raise SystemExit(f"sees process {pid}")
    except OSError:
        pass
print("OK")
