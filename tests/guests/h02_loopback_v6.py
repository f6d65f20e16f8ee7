# id: H2.v6
# title: IPv6 loopback works where the host has IPv6 at all
import errno
import socket
try:
    server = socket.create_server(("::1", 8080), family=socket.AF_INET6)
    client = socket.create_connection(("::1", 8080), 5)
    client.sendall(b"x")
    assert server.accept()[0].recv(1) == b"x"
except OSError as error:
    assert error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL), error
print("OK")
