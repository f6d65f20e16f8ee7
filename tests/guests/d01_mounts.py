# id: D1.mounts
# title: what a run did not bring is mounted read-only, what it may write is bounded, and no mount carries privileges
# not-at: restricted: there is no mount namespace: files are the host's, and Landlock is what stands before them (D1)
# limits: disk=8MiB
import os
import stat
for path in ("/", "/usr", "/bin", "/lib", "/etc", "/dev", "/run", "/var"):
    flags = os.statvfs(path).f_flag
    assert flags & os.ST_RDONLY and flags & os.ST_NOSUID and flags & os.ST_NODEV, (path, flags)
own = ("/work", "/tmp", "/dev/shm")
for path in own:
    mount = os.statvfs(path)
    assert mount.f_flag & os.ST_NOSUID and mount.f_flag & os.ST_NODEV, (path, mount)
    size = mount.f_blocks * mount.f_frsize
    assert 0 < size <= 8 << 20, (path, mount)
    # Inodes take memory that no byte of a file accounts for.
    assert 0 < mount.f_files <= size // 4096 + 64, (path, mount)
# Each is a mount of its own: one that is full leaves the others alone.
assert len({os.stat(path).st_dev for path in own + ("/",)}) == 4
for path in ("/proc", "/dev/pts"):
    flags = os.statvfs(path).f_flag
    assert flags & os.ST_NOSUID and flags & os.ST_NOEXEC, (path, flags)
devices = {name for name in os.listdir("/dev") if stat.S_ISCHR(os.lstat("/dev/" + name).st_mode) or stat.S_ISBLK(os.lstat("/dev/" + name).st_mode)}
assert devices == {"null", "zero", "full", "random", "urandom"}, devices
print("OK")
