# id: A18.oom
# title: a program is what the kernel ends first where the host runs out of memory
import os
try:
    text = open("/proc/self/oom_score_adj").read()
except OSError:  # /proc is empty, or has other files
    text = "1000\n"
assert text == "1000\n", text
if os.getcwd() != "/work":  # elsewhere a program of an unprivileged service may
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("0")
        raise SystemExit("takes it back")
    except OSError:
        pass
print("OK")
