# id: H2.datagrams
# title: datagrams work on loopback, and two runs at once use the same port
# not-at: restricted: there are no datagram sockets: where one sends to lies in memory, out of a filter's sight (docs/sandbox.md)
# runs: a & b
# limits: wall=60s
import socket
import time
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 9999))
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"datagram", ("127.0.0.1", 9999))
receiver.settimeout(5)
assert receiver.recv(100) == b"datagram"
time.sleep(1)
print("OK")
