# id: A7.files
# title: files in memory count for the memory limit, even after the program that wrote them is gone
# limits: memory=64MiB disk=512MiB wall=60s
# cause: MEMORY_LIMIT|EXITED
# stdout: ^(refused\n)?$
# not-at: namespaced,restricted: without a cgroup files are limited by disk_bytes, not added to memory (docs/sandbox.md)
import subprocess
import sys
for number in range(8):
    done = subprocess.run([sys.executable, "-c", f"open('{number}', 'wb').write(b'x' * (32 << 20))"])
    if done.returncode != 0:
        print("refused")
        sys.exit(0)
print("wrote 256 MiB under a limit of 64 MiB")
