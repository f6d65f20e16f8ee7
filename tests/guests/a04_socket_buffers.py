# id: A4.tcp
# title: what waits in TCP connections counts as memory
# not-at: namespaced,restricted: without a cgroup the kernel's memory is not counted (SECURITY.md)
# limits: memory=64MiB wall=30s
import socket
server = socket.create_server(("127.0.0.1", 0))
kept = []
queued = 0
for _ in range(40):
    here = socket.create_connection(server.getsockname())
    there = server.accept()[0]
    kept += [here, there]
    for end in (here, there):
        end.setblocking(False)
        try:
            while True:
                queued += end.send(b"x" * 65536)
        except BlockingIOError:
            pass
assert queued < 160 << 20, f"{queued >> 20} MiB"
print("OK")
