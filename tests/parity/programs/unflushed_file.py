handle = open("out.txt", "w")
handle.write("data")
import atexit


@atexit.register
def look():
    print(repr(open("out.txt").read()))


import subprocess

subprocess.Popen(["sh", "-c", "sleep 0.05; cat out.txt; echo"])
print("end")
