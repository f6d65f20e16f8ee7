# id: D6
# title: writing through a symbolic link out of the work directory is refused
import errno
import os
for target in ("/usr/new", "/etc/new", "/new", "/etc/passwd", "../../etc/new", "/proc/1/root/etc/new", "/proc/self/root/etc/new"):
    os.symlink(target, "link")
    try:
        with open("link", "w") as file:
            file.write("x")
        raise SystemExit(f"wrote through a link to {target}")
    except OSError as error:
        assert error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT), (target, error)
    os.unlink("link")
print("OK")
