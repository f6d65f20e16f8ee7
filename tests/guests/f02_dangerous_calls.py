# id: F2
# title: calls that programs do not need and exploits do are refused with an error
import ctypes
import errno
import os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *arguments) == -1 else 0
denied = (errno.EPERM, errno.ENOSYS, errno.EACCES)
buffer = ctypes.create_string_buffer(256)
calls = {
    "bpf": (321, 0, buffer, 128), "userfaultfd": (323, 0), "userfaultfd of user mode": (323, 1), "perf_event_open": (298, buffer, 0, -1, -1, 0),
    "kexec_load": (246, 0, 0, None, 0), "kexec_file_load": (320, -1, -1, 0, None, 0), "add_key": (248, b"user", b"a", b"b", 1, -3),
    "keyctl": (250, 0, -3, 1), "request_key": (249, b"user", b"a", None, -3), "init_module": (175, buffer, 0, b""),
    "finit_module": (313, 0, b"", 0), "delete_module": (176, b"x", 0), "personality": (135, 0x0040000), "ioperm": (173, 0, 1, 1), "iopl": (172, 3),
    "syslog": (103, 3, buffer, 10), "acct": (163, None), "settimeofday": (164, buffer, None), "clock_settime": (227, 0, buffer),
    "adjtimex": (159, buffer), "lookup_dcookie": (212, 0, buffer, 10), "modify_ldt": (154, 1, buffer, 16), "vhangup": (153,),
    "fanotify_init": (300, 0, 0), "name_to_handle_at and open_by_handle_at": (304, -100, buffer, 0), "move_pages": (279, 1, 0, None, None, None, 0),
    "migrate_pages": (256, 1, 0, None, None), "nfsservctl": (180,), "pidfd_getfd": (438, 0, 0, 0), "memfd_secret": (447, 0), "quotactl_fd": (443, 0, 0, 0, None), "fsconfig": (431, -1, 0, None, None, 0), "kcmp": (312, 1, 1, 0, 0, 0),
    "sysfs": (139, 3), "uselib": (134, b"x"), "ustat": (136, 0, buffer), "swapoff": (168, b"x"), "map_shadow_stack": (453, 0, 4096, 0),
    "clone untraced": (56, 0x00800000 | 0x10000000 | 17, 0, 0, 0, 0),
}
allowed = []
for name, arguments in calls.items():
    pid = os.getpid()
    got = call(*arguments)
    if os.getpid() != pid:
        os._exit(0)
    if got not in denied:
        allowed.append((name, errno.errorcode.get(got, got)))
assert not allowed, allowed
assert call(157, 35, 1, 0, 0, 0) != 0, "PR_SET_MM"
print("OK")
