# id: A19
# title: no cgroup can be seen that could be written from inside
import errno
import os
wrote = []
for top in ("/sys/fs/cgroup", "/sys", "/cgroup", "/dev/cgroup"):
    for folder, folders, files in os.walk(top):
        for name in files:
            if not name.startswith(("memory.", "pids.", "cpu.", "cgroup.", "tasks", "notify_on_release", "release_agent")):
                continue
            try:
                os.close(os.open(os.path.join(folder, name), os.O_WRONLY))
                wrote.append(os.path.join(folder, name))
            except OSError as error:
                assert error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.EINVAL), error
assert not wrote, wrote
for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/pids.max"):
    try:
        open(path, "w")
        raise SystemExit(f"opened {path}")
    except OSError:
        pass
print("OK")
