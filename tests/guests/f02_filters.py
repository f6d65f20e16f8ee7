# id: F2.filters
# title: no filters for sockets or system calls: the host has little memory for them, and nobody counts it
import ctypes
import errno
import socket
import struct
libc = ctypes.CDLL(None, use_errno=True)
instruction = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000))
program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(instruction))
pair = socket.socketpair()
for option in (26, 51):  # SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF
    try:
        pair[0].setsockopt(socket.SOL_SOCKET, option, program)
        raise SystemExit(f"option {option} is allowed")
    except PermissionError:
        pass
buffer = ctypes.create_string_buffer(program)
for call in (lambda: libc.syscall(317, 1, 0, buffer), lambda: libc.prctl(22, 2, buffer, 0, 0)):
    ctypes.set_errno(0)
    assert call() == -1 and ctypes.get_errno() == errno.EPERM, ctypes.get_errno()
print("OK")
