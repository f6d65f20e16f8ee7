# id: A10.start
# title: a program that is too big to be mapped fails at exec with an error or a signal
# limits: wall=40s
import os
import platform
import struct
import subprocess
import sys
if platform.machine() != "x86_64":
    print("not installed: an x86-64 machine")
    sys.exit(77)
elf = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
elf += struct.pack("<IIQQQQQQ", 1, 7, 0, 0x400000, 0x400000, 4096, 1 << 60, 4096)
with open("big", "wb", opener=lambda path, flags: os.open(path, flags, 0o755)) as file:
    file.write(elf + b"\xcc" * 4096)
try:
    code = subprocess.run(["./big"]).returncode
except OSError:
    code = -1
assert code != 0, code
print("OK")
