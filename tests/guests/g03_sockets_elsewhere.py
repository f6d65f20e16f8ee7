# id: G3.bind
# title: no Unix socket can be made outside of the program's own directories, by any name
import os
import socket
import threading
import time
directories = ["..", "../..", "/", "/run", "/usr", "/etc", "/proc/self", "/proc/self/root", "/proc/self/cwd/.."]
directories += [os.path.dirname(path) for path in os.environ.get("ATTACK_HOST_PATHS", "").split(":") if path]
if os.getcwd() == "/work":
    directories = [directory for directory in directories if directory != "/tmp"]  # its own there
for index, directory in enumerate(directories):
    os.symlink(directory, f"link{index}")
    for name in (directory, f"link{index}"):
        path = f"{name}/socket-of-a-guest"
        if len(path) > 107:
            continue
        try:
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).bind(path)
        except OSError:
            continue
        raise SystemExit(f"made {path}")
# The directory is another one between the look and the call.
stop = False
def swap():
    while not stop:
        for target in (".", ".."):
            os.symlink(target, "next")
            os.rename("next", "swapped")
os.symlink(".", "swapped")
thread = threading.Thread(target=swap)
thread.start()
end = time.monotonic() + 1
made = 0
while time.monotonic() < end:
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).bind("swapped/raced")
        os.unlink("raced")
        made += 1
    except OSError as error:
        # Where there are no such sockets there is nothing to race.
        if made == 0 and error.errno == 97:
            made = 1
            break
stop = True
thread.join()
assert made > 0
assert not os.path.lexists("../raced"), "made a socket elsewhere"
print("OK")
