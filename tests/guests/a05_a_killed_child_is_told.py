# id: A5.child
# title: a program whose child used up the memory does not look like a success of its own
# limits: memory=64MiB wall=40s
# cause: MEMORY_LIMIT
import subprocess
import sys
subprocess.run([sys.executable, "-c", "import time; x = bytearray(b'x') * (200 << 20); time.sleep(5)"])
sys.exit(3)
