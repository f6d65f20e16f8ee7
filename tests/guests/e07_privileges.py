# id: E7
# title: no set-user-id program, own or found, gains anything; no capability is held
import os
import shutil
import subprocess
with open("/bin/sh", "rb") as source, open("shell", "wb", opener=lambda path, flags: os.open(path, flags, 0o6755)) as copy:
    shutil.copyfileobj(source, copy)
try:
    os.chmod("shell", 0o6755)
except OSError:
    pass
before = (os.getuid(), os.geteuid(), os.getgid(), os.getegid())
try:
    got = subprocess.run(["./shell", "-p", "-c", "id -u; id -ru"], capture_output=True, text=True).stdout.split()
    assert got == [str(before[0])] * 2, got
except PermissionError:
    pass
for name in ("sudo", "su", "mount", "newgrp", "passwd", "ping", "fusermount3", "pkexec", "newuidmap"):
    path = shutil.which(name)
    if path:
        got = subprocess.run(["sh", "-c", f"{path} -n id -u </dev/null || true; id -u"], capture_output=True, text=True)
        assert got.stdout.split()[-1:] == [str(before[0])], (name, got)
for attempt in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.setreuid(0, 0)):
    try:
        attempt()
        raise SystemExit("became somebody else")
    except OSError:
        pass
assert before[0] != 0 and (os.getuid(), os.geteuid(), os.getgid(), os.getegid()) == before
if os.path.exists("/proc/self/status"):
    status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0, (name, status[name])
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert 0 not in map(int, status["Groups"].split()), status["Groups"]
print("OK")
