# id: E10.network
# title: tables of connections and sockets show the program's own only
# stdout: ^thread OK\nOK\n$
import threading
def check(place):
    for name in ("unix", "tcp", "udp", "tcp6", "udp6", "raw", "packet", "arp", "route"):
        try:
            lines = open(f"{place}/{name}").readlines()
        except OSError:
            continue
        others = [line for line in lines[1:] if name != "route" or not line.startswith("lo")]
        assert not others, (place, name, len(others))
    try:
        lines = open(f"{place}/dev").readlines()
    except OSError:
        return
    assert [line.split(":")[0].strip() for line in lines[2:]] == ["lo"], lines
def check_all():
    for place in ("net", "self/net", "thread-self/net", f"self/task/{threading.get_native_id()}/net"):
        check("/proc/" + place)
    print("OK" if threading.current_thread() is threading.main_thread() else "thread OK")
thread = threading.Thread(target=check_all)
thread.start()
thread.join()
check_all()
