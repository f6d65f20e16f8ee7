# id: E10.name
# title: the host name does not tell which host this is
# not-at: restricted: without namespaces the host name is that of the host (docs/sandbox.md)
# needs: host-name
import os
import platform
import socket
for name in (socket.gethostname(), os.uname().nodename, platform.node()):
    assert name == "sandbox", name
print("OK")
