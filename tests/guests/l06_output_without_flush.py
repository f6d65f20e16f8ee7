# id: L6
# title: what is printed arrives while the program still runs, without flush
# limits: wall=30s
# cause: CANCELLED_BY_CLIENT
# stdout: ^at once\n?$
# cancel-at: at once
# within: 15s
import time
print("at once")
time.sleep(60)
