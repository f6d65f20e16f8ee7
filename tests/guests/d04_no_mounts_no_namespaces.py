# id: D4
# title: no mount, no change of root, no namespace can be made or entered
import ctypes
import errno
import os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *arguments) == -1 else 0
NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
root, tmpfs, work = b"/", b"tmpfs", os.getcwd().encode()
try:
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("1000")
except OSError:
    pass
calls = {
    "mount tmpfs": (165, tmpfs, work, tmpfs, 0, None), "bind mount": (165, root, work, None, 4096, None),
    "remount": (165, None, b"/usr", None, 32 | 4096, None), "umount": (166, b"/proc", 2), "umount a mask": (166, b"/sys", 2),
    "pivot_root": (155, work, work), "chroot": (161, work), "unshare user": (272, NEWUSER), "unshare mount": (272, NEWNS),
    "unshare pid": (272, NEWPID), "unshare net": (272, NEWNET), "unshare ipc": (272, NEWIPC), "unshare uts": (272, NEWUTS),
    "unshare cgroup": (272, NEWCGROUP), "unshare user and mount": (272, NEWUSER | NEWNS), "open_tree": (428, -100, root, 1),
    "move_mount": (429, -100, root, -100, work, 0), "fsopen": (430, tmpfs, 0), "fsmount": (432, 0, 0, 0), "fspick": (433, -100, root, 0),
    "mount_setattr": (442, -100, root, 0x8000, None, 0), "clone user": (56, NEWUSER | 17, 0, 0, 0, 0),
    "clone everything": (56, NEWUSER | NEWNS | NEWPID | NEWNET | 17, 0, 0, 0, 0), "setns": (308, 0, 0), "swapon": (167, work, 0),
    "quotactl": (179, 0, None, 0, None), "sethostname": (170, b"x", 1), "setdomainname": (171, b"x", 1), "reboot": (169, 0xfee1dead, 672274793, 0, None),
}
denied = (errno.EPERM, errno.ENOSYS, errno.EACCES)
for name, arguments in calls.items():
    pid = os.getpid()
    got = call(*arguments)
    if os.getpid() != pid:
        os._exit(0)
    assert got in denied, (name, got)
# clone3 with its flags in memory: either not there, or refused.
arguments = (ctypes.c_uint64 * 11)(NEWUSER, 0, 0, 0, 17)
assert call(435, ctypes.byref(arguments), 88) in denied, "clone3"
# Namespaces of others and of oneself, by their files.
for pid in ("self", "1"):
    for name in ("user", "mnt", "net", "pid", "ipc", "uts", "cgroup"):
        try:
            descriptor = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
        except OSError:
            continue
        assert call(308, descriptor, 0) in denied, ("setns", pid, name)
        os.close(descriptor)
print("OK")
