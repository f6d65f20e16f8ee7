# id: D5
# title: no link to a file of the system and no device node can be made; a FIFO can
import errno
import os
import stat
denied = (errno.EPERM, errno.EACCES, errno.EXDEV, errno.EROFS, errno.ENOSYS)
for source in ("/etc/passwd", "/usr/bin/env", "/bin/sh"):
    try:
        os.link(source, "link")
        raise SystemExit(f"linked {source}")
    except OSError as error:
        assert error.errno in denied, error
for kind, number in ((stat.S_IFCHR, os.makedev(1, 1)), (stat.S_IFCHR, os.makedev(1, 3)), (stat.S_IFBLK, os.makedev(8, 0)),
                     (stat.S_IFBLK, os.makedev(254, 0))):
    for folder in (".", "/tmp", "/dev/shm"):
        try:
            os.mknod(f"{folder}/node", kind | 0o666, number)
            raise SystemExit("made a device node")
        except OSError as error:
            assert error.errno in denied, error
os.mkfifo("fifo")
print("OK")
