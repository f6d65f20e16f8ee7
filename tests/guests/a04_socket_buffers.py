# id: A4.tcp
# title: what waits in TCP connections counts as memory: it is held up (cgroup v1) or MEMORY_LIMIT (v2)
# not-at: namespaced,restricted: without a cgroup the kernel's memory is not counted (SECURITY.md)
# limits: memory=64MiB wall=30s
# cause: EXITED|MEMORY_LIMIT
# stdout: ^(OK\n)?$
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
print("OK" if queued < 160 << 20 else f"{queued >> 20} MiB are waiting")
