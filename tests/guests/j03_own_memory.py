# id: J3
# title: a scan of the program's own memory finds nothing of the service
# limits: wall=60s
import re
import sys
# With brackets, so that the program does not find its own pattern.
pattern = re.compile(b"canary-[0-9a-f]{32}|SKILL_[R]UNNER_[A-Z]+=|-[-]listen=")
found = []
try:
    maps = open("/proc/self/maps").read().splitlines()
    memory = open("/proc/self/mem", "rb", buffering=0)
except OSError:
    print("OK")  # without /proc, nothing to scan with
    sys.exit(0)
for line in maps:
    span, access = line.split()[:2]
    if "r" not in access or "[v" in line or line.split()[-1].startswith("/usr"):
        continue
    start, end = (int(number, 16) for number in span.split("-"))
    try:
        memory.seek(start)
        found += pattern.findall(memory.read(end - start))
    except (OSError, ValueError, OverflowError):
        continue
assert not found, found
print("OK")
