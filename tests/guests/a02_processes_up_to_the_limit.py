# id: A2
# title: with a limit of 20 a program gets 19 children, then EAGAIN
# not-at: restricted: without a user namespace the kernel counts the processes of all runs together (docs/sandbox.md)
# limits: processes=20 wall=40s
# stdout: ^19 EAGAIN\n$
import errno
import subprocess
children = []
try:
    while len(children) < 100:
        children.append(subprocess.Popen(["sleep", "60"]))
except OSError as error:
    print(len(children), errno.errorcode[error.errno])
