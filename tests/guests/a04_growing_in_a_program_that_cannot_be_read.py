# id: A4.unreadable
# title: memory counts even where the file of a program cannot be read, so that its process cannot be looked at: MEMORY_LIMIT
# limits: memory=64MiB wall=30s
# cause: MEMORY_LIMIT
import os
import shutil
import sys
shutil.copyfile(os.path.realpath(sys.executable), "python")
file = os.open("python", os.O_RDONLY)
os.fchmod(file, 0o111)
os.close(file)
os.environ["PYTHONHOME"] = sys.base_prefix
os.execv("python", ["python", "-c", """
import time
memory = bytearray(300 << 20)
for at in range(0, len(memory), 4096):
    memory[at] = 1
time.sleep(5)
"""])
