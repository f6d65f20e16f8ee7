# id: F6
# title: odd and racing arguments of socket calls let nothing out
import ctypes
import errno
import socket
import sys
import threading
import time
libc = ctypes.CDLL(None, use_errno=True)
try:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
except OSError:
    print("OK")  # there is nothing to send with
    sys.exit(0)
def address(host):
    return (socket.AF_INET).to_bytes(2, "little") + (9).to_bytes(2, "big") + socket.inet_aton(host) + b"\0" * 8
inside, outside = address("127.0.0.1"), address("192.0.2.7")
shared = ctypes.create_string_buffer(inside, 128)
for length in (0x7fffffff, 0xffffffff, 129, 4096):
    ctypes.set_errno(0)
    assert libc.sendto(udp.fileno(), b"x", 1, 0, shared, ctypes.c_uint(length)) == -1, length
stop = False
def race():
    while not stop:
        ctypes.memmove(shared, outside, 16)
        ctypes.memmove(shared, inside, 16)
thread = threading.Thread(target=race)
thread.start()
end = time.monotonic() + 0.5
leaks = 0
while time.monotonic() < end:
    ctypes.set_errno(0)
    if libc.sendto(udp.fileno(), b"x", 1, 0, shared, 16) == -1:
        assert ctypes.get_errno() in (errno.ENETUNREACH, errno.EPERM, errno.EACCES, errno.ECONNREFUSED, errno.EHOSTUNREACH), ctypes.get_errno()
stop = True
thread.join()
print("OK")
