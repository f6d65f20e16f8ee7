# id: D8
# title: files are truncated and moved only inside the writable directories
import errno
import os
with open("a", "w") as file:
    file.write("content")
os.truncate("a", 3)
os.mkdir("sub")
os.rename("a", "sub/a")
os.link("sub/a", "b")
assert open("b").read() == "con"
for attempt in (lambda: os.rename("b", "/usr/b"), lambda: os.rename("/usr/bin/env", "env"), lambda: os.truncate("/etc/passwd", 0),
                lambda: os.rename("b", "/etc/passwd"), lambda: os.link("/usr/bin/env", "env"), lambda: os.rmdir("/tmp"),
                lambda: os.rename("/tmp", "/tmp2"), lambda: os.symlink(".", "/usr/w")):
    try:
        attempt()
        raise SystemExit("moved something across the border")
    except OSError as error:
        assert error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.EXDEV, errno.EBUSY), error
print("OK")
