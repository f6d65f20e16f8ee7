# id: E10
# title: machine id, cgroup path, mounts and users do not tell which host this is
# not-at: restricted: without namespaces the host name, users and mounts are those of the host (docs/sandbox.md)
import os
import re
for path in ("/etc/machine-id", "/var/lib/dbus/machine-id", "/sys/class/dmi/id/product_uuid", "/sys/class/dmi/id/board_serial", "/etc/hostname"):
    try:
        text = open(path).read().strip()
    except OSError:
        continue
    assert text in ("", "sandbox"), (path, text)
def lines(path):
    try:
        return open(path).read().splitlines()
    except OSError:
        return []
for line in lines("/proc/self/cgroup"):
    assert line.split(":", 2)[2] in ("/", ""), line
for line in lines("/proc/self/mountinfo"):
    # Behind the dash the kernel names disks, and in a container the directories of the image's layers (SECURITY.md).
    line = line.split(" - ")[0]
    assert not re.search(r"docker|kubepods|containerd|/home/|/root/|/var/lib|skill-runner|state", line), line
users = [line.split(":")[0] for line in lines("/etc/passwd")]
assert len(users) <= 40, users
people = [line for line in lines("/etc/passwd") if 1000 < int(line.split(":")[2]) < 60000]
assert not people, people
for line in lines("/etc/hosts"):
    assert re.search(r"127\.0\.0\.1|::1|localhost|sandbox|ff02|fe00|^#|^$", line), line
for name in os.listdir("/sys/class/net") if os.path.isdir("/sys/class/net") else []:
    assert name == "lo", name
for line in lines("/proc/net/dev")[2:]:
    assert line.split(":")[0].strip() == "lo", line
print("OK")
