# id: A18.oom
# title: a program is what the kernel ends first where the host runs out of memory
try:
    text = open("/proc/self/oom_score_adj").read()
except OSError:  # /proc is empty, or has other files
    text = "1000\n"
assert text == "1000\n", text
print("OK")
