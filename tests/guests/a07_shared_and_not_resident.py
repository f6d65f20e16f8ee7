# id: A7.not-resident
# title: shared anonymous memory counts where it has been dropped from the process, too: MEMORY_LIMIT
# limits: memory=64MiB wall=30s
# cause: MEMORY_LIMIT
import mmap
import time
step = 8 << 20
memory = mmap.mmap(-1, 320 << 20)
for start in range(0, len(memory), step):
    for at in range(start, start + step, 4096):
        memory[at] = 1
    memory.madvise(mmap.MADV_DONTNEED, start, step)
time.sleep(5)
