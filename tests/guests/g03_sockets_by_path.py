# id: G3
# title: no Unix socket of the host or of another run can be reached by a path or a link
import os
import socket
paths = ["/run/docker.sock", "/var/run/docker.sock", "/run/systemd/private", "/run/dbus/system_bus_socket", "/dev/log", "/run/nscd/socket",
         "/run/systemd/notify", "/run/user/0/bus", "/run/containerd/containerd.sock", "/tmp/.X11-unix/X0"]
paths += [path for path in os.environ.get("ATTACK_HOST_PATHS", "").split(":") if path]
for index, path in enumerate(paths):
    os.symlink(path, f"link{index}")
    for name in (path, f"link{index}", "/proc/1/root" + path, "/proc/self/root" + path):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            try:
                socket.socket(socket.AF_UNIX, kind).connect(name)
            except OSError:
                continue
            raise SystemExit(f"connected to {name}")
print("OK")
