# id: A13.keeper
# title: a program that makes whoever connects its sockets wait is ended by its limit like any other
# limits: wall=3s
# cause: WALL_TIME_LIMIT
import fcntl
import os
import socket
import struct
import threading
import time
print("up", flush=True)
# Queues that are full, and sockets whose waiting connections are made blocking again.
def fill(family, address):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind(address)
    server.listen(0)
    waiting = []
    for _ in range(4):
        client = socket.socket(family, socket.SOCK_STREAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3600))
        threading.Thread(target=lambda client=client: client.connect(server.getsockname()), daemon=True).start()
        waiting.append(client)
    return server, waiting
kept = []
try:
    kept = [fill(socket.AF_UNIX, "queue"), fill(socket.AF_INET, ("127.0.0.1", 0))]
except OSError:
    pass  # there are no sockets
end = time.monotonic() + 1
while time.monotonic() < end:
    for _, waiting in kept:
        for client in waiting:
            fcntl.fcntl(client, fcntl.F_SETFL, 0)
for server, waiting in kept:
    server.accept()
    for client in waiting:
        client.close()
if os.fork() == 0:
    os.setsid()
time.sleep(600)
