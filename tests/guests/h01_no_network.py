# id: H1
# title: nothing outside can be reached: TCP, UDP, IPv6, names, metadata, the host's own ports; each fails at once
# limits: wall=60s
import errno
import os
import socket
import time
quick = []
def fails(what, attempt):
    start = time.monotonic()
    try:
        attempt()
    except OSError as error:
        quick.append((time.monotonic() - start, what))
        return error
    raise SystemExit(f"reached: {what}")
unreachable = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EPERM, errno.ECONNREFUSED, errno.EADDRNOTAVAIL,
               errno.EAFNOSUPPORT)
for host, port in (("1.1.1.1", 80), ("8.8.8.8", 53), ("169.254.169.254", 80), ("10.0.0.1", 22), ("172.17.0.1", 2375), ("192.168.0.1", 80),
                   ("100.100.100.200", 80), ("224.0.0.1", 9), ("255.255.255.255", 9)):
    error = fails(f"tcp {host}", lambda: socket.create_connection((host, port), 5))
    assert error.errno in unreachable, (host, error)
    error = fails(f"udp {host}", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (host, port)))
    assert error.errno in unreachable, (host, error)
for host in ("2606:4700:4700::1111", "fd00::1", "fe80::1%lo", "::ffff:1.1.1.1"):
    try:
        v6 = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    except OSError:
        break
    v6.settimeout(5)
    fails(f"tcp {host}", lambda: v6.connect((host, 80)))
for name in ("example.com", "metadata.google.internal", "kubernetes.default.svc"):
    fails(f"name {name}", lambda: socket.getaddrinfo(name, 80))
ports = {22, 80, 443, 2375, 3306, 5432, 6379, 6443, 10250, 50051}
ports.add(int(os.environ.get("ATTACK_SERVICE_ADDRESS", ":50051").rsplit(":", 1)[1]))
for port in ports:
    error = fails(f"own port {port}", lambda: socket.create_connection(("127.0.0.1", port), 5))
    assert error.errno in (errno.ECONNREFUSED, errno.EAFNOSUPPORT, errno.EPERM, errno.EACCES), (port, error)
slow = [what for seconds, what in quick if seconds > 4]
assert not slow, slow
print("OK")
