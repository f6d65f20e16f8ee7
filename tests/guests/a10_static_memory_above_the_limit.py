# id: A10
# title: a program whose static memory is above the limit fails with a verdict, not with a fault of the service
# limits: memory=64MiB wall=40s cpu=8s
# cause: MEMORY_LIMIT
# stdout: ^starting\n$
import os
import platform
import struct
import sys
if platform.machine() != "x86_64":
    print("not installed: an x86-64 machine")
    sys.exit(77)
# A program of 1 GiB .bss that writes to each page of it, then exits with 0.
size, base, bss = 1 << 30, 0x400000, 0x10000000
code = (b"\x48\xbb" + struct.pack("<Q", bss)                    # mov rbx, bss
        + b"\x48\xb9" + struct.pack("<Q", bss + size)           # mov rcx, bss + size
        + b"\xc6\x03\x01"                                       # again: mov byte [rbx], 1
        + b"\x48\x81\xc3\x00\x10\x00\x00"                       # add rbx, 4096
        + b"\x48\x39\xcb\x72\xf1"                               # cmp rbx, rcx; jb again
        + b"\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05")              # exit(0)
header = 64 + 2 * 56
elf = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + header, 64, 0, 0, 64, 56, 2, 0, 0, 0)
elf += struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, header + len(code), header + len(code), 4096)
elf += struct.pack("<IIQQQQQQ", 1, 6, 0, bss, bss, 0, size, 4096)
with open("big", "wb", opener=lambda path, flags: os.open(path, flags, 0o755)) as file:
    file.write(elf + code)
print("starting", flush=True)
os.execv("./big", ["big"])
