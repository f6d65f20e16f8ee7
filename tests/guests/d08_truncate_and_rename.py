# id: D8
# title: files are truncated and moved only inside the writable directories
import errno
import os
with open("/work/a", "w") as file:
    file.write("content")
os.truncate("/work/a", 3)
os.mkdir("/work/sub")
os.rename("/work/a", "/work/sub/a")
os.link("/work/sub/a", "/work/b")
assert open("/work/b").read() == "con"
for attempt in (lambda: os.rename("/work/b", "/usr/b"), lambda: os.rename("/usr/bin/env", "/work/env"), lambda: os.truncate("/etc/passwd", 0),
                lambda: os.rename("/work/b", "/etc/passwd"), lambda: os.link("/usr/bin/env", "/work/env"), lambda: os.rmdir("/tmp"),
                lambda: os.rename("/tmp", "/tmp2"), lambda: os.symlink("/work", "/usr/w")):
    try:
        attempt()
        raise SystemExit("moved something across the border")
    except OSError as error:
        assert error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.EXDEV, errno.EBUSY), error
print("OK")
