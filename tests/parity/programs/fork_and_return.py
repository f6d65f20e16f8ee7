import os

pid = os.fork()
if pid == 0:
    print("child", os.getppid() != 1)
else:
    print("waited", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
