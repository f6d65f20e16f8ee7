# id: F4
# title: only plain sockets can be made: no netlink, packet, raw, vsock, crypto or bluetooth
import errno
import socket
allowed = []
for name, family, kind, protocol in (
        ("netlink route", 16, socket.SOCK_RAW, 0), ("netlink audit", 16, socket.SOCK_RAW, 9), ("netlink uevent", 16, socket.SOCK_DGRAM, 15),
        ("packet", 17, socket.SOCK_RAW, 3), ("packet datagram", 17, socket.SOCK_DGRAM, 3), ("vsock", 40, socket.SOCK_STREAM, 0),
        ("alg", 38, socket.SOCK_SEQPACKET, 0), ("raw icmp", 2, socket.SOCK_RAW, 1), ("raw tcp", 2, socket.SOCK_RAW, 6), ("raw ip", 2, socket.SOCK_RAW, 255),
        ("raw icmp v6", 10, socket.SOCK_RAW, 58), ("bluetooth", 31, socket.SOCK_RAW, 1), ("can", 29, socket.SOCK_RAW, 1), ("xdp", 44, socket.SOCK_RAW, 0),
        ("rds", 21, socket.SOCK_SEQPACKET, 0), ("tipc", 30, socket.SOCK_SEQPACKET, 0), ("sctp", 2, socket.SOCK_STREAM, 132), ("dccp", 2, 6, 33),
        ("ax25", 3, socket.SOCK_DGRAM, 0), ("x25", 9, socket.SOCK_SEQPACKET, 0), ("ib", 27, socket.SOCK_STREAM, 0), ("kcm", 41, socket.SOCK_DGRAM, 0),
        ("qrtr", 42, socket.SOCK_DGRAM, 0), ("smc", 43, socket.SOCK_STREAM, 0)):
    try:
        socket.socket(family, kind, protocol).close()
        allowed.append(name)
    except OSError as error:
        assert error.errno in (errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EINVAL, errno.ENOSYS), (name, error)
assert not allowed, allowed
print("OK")
