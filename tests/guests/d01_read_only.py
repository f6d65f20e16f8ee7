# id: D1
# title: nothing outside the run's own directories can be written
import errno
import os
import sys
import sysconfig
denied = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR)
places = ["/", "/etc", "/usr", "/usr/bin", "/usr/lib", "/bin", "/lib", "/lib64", "/sbin", "/var", "/var/tmp", "/opt", "/run",
          "/dev", "/proc", "/sys", "/home", "/root", "/srv", "/mnt", "/boot", os.path.dirname(sys.executable),
          sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["purelib"]]
written = []
for place in places:
    for name in ("new-file", "../new-file", "./x/../new-file"):
        try:
            os.close(os.open(os.path.join(place, name), os.O_WRONLY | os.O_CREAT))
            written.append(os.path.join(place, name))
        except OSError as error:
            assert error.errno in denied, (place, error)
    try:
        os.mkdir(os.path.join(place, "new-directory"))
        written.append(place)
    except OSError as error:
        assert error.errno in denied + (errno.EEXIST,), (place, error)
own = (os.getcwd(), os.environ.get("TMPDIR", "/tmp"), "/dev/shm", "/var/tmp")
outside = [path for path in written if not os.path.realpath(path).startswith(own)]
assert not outside, outside
for path in ("/etc/passwd", "/etc/hosts", "/etc/resolv.conf", sys.executable, "/bin/sh", os.__file__):
    for attempt in (lambda: os.open(path, os.O_WRONLY), lambda: os.truncate(path, 0), lambda: os.unlink(path),
                    lambda: os.rename(path, "taken"), lambda: os.chmod(path, 0o777), lambda: os.utime(path)):
        try:
            attempt()
            raise SystemExit(f"changed {path}")
        except OSError as error:
            assert error.errno in denied + (errno.EXDEV, errno.ETXTBSY, errno.EBUSY), (path, error)
print("OK")
