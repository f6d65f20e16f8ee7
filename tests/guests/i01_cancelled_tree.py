# id: I1
# title: cancelling ends the whole tree, grandchildren that hold ports included, and the ports are free
# limits: wall=30s
# cause: CANCELLED_BY_CLIENT
# exit: any
# stdout: ^listening\n$
# cancel-at: listening
# within: 15s
# runs: a ; b
import errno
import os
import signal
import socket
import time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
ready, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        try:
            server = socket.create_server(("127.0.0.1", 8099))
        except OSError as error:
            # Where there are no sockets, there is a process to end all the same; a port in use is a finding.
            if error.errno == errno.EADDRINUSE:
                raise
        os.write(tell, b"x")
        while True:
            time.sleep(1)
    os._exit(0)
os.read(ready, 1)
print("listening", flush=True)
time.sleep(60)
