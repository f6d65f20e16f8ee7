# id: E2
# title: files that read or steer the kernel are closed in every spelling
import ctypes
import os
import re
writable = ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname",
            "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches", "/proc/sys/kernel/ns_last_pid", "/proc/sys/user/max_user_namespaces",
            "/proc/sys/fs/binfmt_misc/register", "/proc/sys/net/ipv4/ip_forward", "/proc/irq/0/smp_affinity", "/proc/1/oom_score_adj",
            "/proc/1/uid_map", "/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups", "/proc/bus/pci/devices", "/proc/mtrr",
            "/sys/kernel/uevent_helper", "/sys/power/state", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/fs/cgroup/cgroup.procs",
            "/proc/acpi/wakeup", "/proc/scsi/scsi"]
readable = ["/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/proc/timer_list", "/proc/sched_debug", "/proc/keys", "/proc/key-users",
            "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/sys/kernel/debug/tracing", "/sys/kernel/security/lsm", "/sys/firmware/dmi/tables/DMI",
            "/proc/vmallocinfo", "/proc/slabinfo", "/proc/pagetypeinfo", "/proc/iomem"]
def spellings(path):
    return [path, path.replace("/", "//"), "/." + path, os.getcwd() + "/../../../../../../.." + path, path.replace("/proc", "/proc/self/root/proc"), "/proc/self/../.." + path]
def obeys(path, dir_fd=None):
    try:
        descriptor = os.open(path, os.O_WRONLY, dir_fd=dir_fd)
        return os.write(descriptor, b"0 0 1") > 0
    except OSError:
        return False
def tells(path, dir_fd=None):
    try:
        content = os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK, dir_fd=dir_fd), 4096)
    except OSError:
        return False
    if path.endswith(("kallsyms", "iomem")):
        # To the unprivileged, names without their addresses.
        return any(re.search(rb"[1-9a-f]", line.split()[0]) for line in content.splitlines()[:-1])
    return content != b""
opened = []
for path, succeeds in [(path, obeys) for path in writable] + [(path, tells) for path in readable]:
    for spelling in spellings(path):
        if succeeds(spelling):
            opened.append(spelling)
    for folder in ("/proc", "/sys", "/"):
        if path.startswith(folder) and os.path.isdir(folder):
            try:
                base = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                continue
            if succeeds(os.path.relpath(path, folder), base):
                opened.append(f"{path} from {folder}")
            os.close(base)
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
for action in (2, 3, 4, 9, 10):
    if libc.klogctl(action, buffer, 4096) > 0:
        opened.append(f"klogctl {action}")
assert not opened, opened
print("OK")
