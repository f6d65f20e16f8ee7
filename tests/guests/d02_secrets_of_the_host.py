# id: D2
# title: nothing of the host that could hold a secret can be opened
import os
paths = ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssl/private", "/etc/ssh", "/etc/machine-id", "/root", "/root/.ssh",
         "/var/lib", "/var/log", "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman",
         "/var/run/secrets/kubernetes.io/serviceaccount/token", "/run/secrets", "/run/user", "/run/dbus/system_bus_socket",
         "/var/lib/docker", "/var/lib/kubelet", "/boot", "/etc/kubernetes", "/.dockerenv", "/run/.containerenv",
         "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/loop-control",
         "/dev/mapper", "/dev/disk", "/dev/input", "/proc/1/root/etc/shadow", "/proc/1/cwd"]
paths += [path for path in os.environ.get("ATTACK_HOST_PATHS", "").split(":") if path]
seen = []
for path in paths:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        continue
    # An empty directory, as a skeleton may have it, tells nothing.
    if not os.path.isdir(path) or os.listdir(path):
        seen.append(path)
    os.close(descriptor)
assert not seen, seen
for folder in ("/home", "/srv", "/mnt", "/media"):
    try:
        assert not os.listdir(folder), (folder, os.listdir(folder))
    except OSError:
        pass
print("OK")
