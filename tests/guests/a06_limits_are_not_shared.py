# id: A6
# title: three runs at once, each just under the memory limit, all pass
# limits: memory=96MiB wall=60s
# runs: a & b & c
# stdout: ^up\nOK\n$
import time
print("up", flush=True)
block = bytearray(b"x") * (64 << 20)
time.sleep(0.7)
print("OK")
