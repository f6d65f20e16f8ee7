# id: F6.connect
# title: addresses that change while they are looked at lead to own servers or nowhere
# limits: wall=60s
import ctypes
import errno
import os
import socket
import threading
import time
libc = ctypes.CDLL(None, use_errno=True)
try:
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
except OSError:
    print("OK")  # there is nothing to connect with
    raise SystemExit(0)
server.bind(("127.0.0.1", 0))
server.listen(64)
local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
local.bind("own")
local.listen(64)
def serve(listener):
    while True:
        listener.accept()[0].sendall(b"own")
for listener in (server, local):
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
def tcp(host, port):
    return (socket.AF_INET).to_bytes(2, "little") + port.to_bytes(2, "big") + socket.inet_aton(host) + b"\0" * 8
def path(name):
    return (socket.AF_UNIX).to_bytes(2, "little") + name.encode() + b"\0"
service = int(os.environ.get("ATTACK_SERVICE_ADDRESS", ":50051").rsplit(":", 1)[1])
host_paths = [name for name in os.environ.get("ATTACK_HOST_PATHS", "").split(":") if 0 < len(name) < 107] or ["/run/docker.sock"]
races = [(socket.AF_INET, tcp("127.0.0.1", server.getsockname()[1]), tcp("127.0.0.1", service)),
         (socket.AF_INET, tcp("127.0.0.1", server.getsockname()[1]), tcp("192.0.2.7", 9))]
races += [(socket.AF_UNIX, path("own"), path(name)) for name in host_paths]
refused = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EPERM, errno.ECONNREFUSED, errno.ENOENT, errno.EINVAL, errno.ENOTDIR)
connected = 0
for family, inside, outside in races:
    size = max(len(inside), len(outside))
    inside, outside = inside.ljust(size, b"\0"), outside.ljust(size, b"\0")
    shared = ctypes.create_string_buffer(inside, 128)
    stop = False
    def race():
        while not stop:
            ctypes.memmove(shared, outside, size)
            ctypes.memmove(shared, inside, size)
    thread = threading.Thread(target=race)
    thread.start()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        client = socket.socket(family, socket.SOCK_STREAM)
        ctypes.set_errno(0)
        if libc.connect(client.fileno(), shared, size) == 0:
            client.settimeout(10)
            assert client.recv(3) == b"own", "connected to elsewhere"
            connected += 1
        else:
            assert ctypes.get_errno() in refused, ctypes.get_errno()
        client.close()
    stop = True
    thread.join()
assert connected > 0
print("OK")
