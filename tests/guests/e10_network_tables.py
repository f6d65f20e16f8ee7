# id: E10.network
# title: tables of connections and sockets show the program's own only
# known: restricted: /proc/self/net shows those of the host
import os
for name in ("unix", "tcp", "udp", "tcp6", "udp6", "raw", "packet", "arp", "route"):
    try:
        lines = open(f"/proc/net/{name}").readlines()
    except OSError:
        continue
    others = [line for line in lines[1:] if name != "route" or not line.startswith("lo")]
    assert not others, (name, len(others))
for name in ("dev", ):
    try:
        lines = open(f"/proc/net/{name}").readlines()
    except OSError:
        continue
    assert [line.split(":")[0].strip() for line in lines[2:]] == ["lo"], lines
print("OK")
