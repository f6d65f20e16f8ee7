# id: E3.executed
# title: a program that is executed, not forked warm, inherits descriptors 0, 1 and 2 and no other
exec /usr/bin/python3 -c '
import fcntl
for number in range(3, 1024):
    try:
        fcntl.fcntl(number, fcntl.F_GETFD)
    except OSError:
        continue
    raise SystemExit(f"descriptor {number} is open")
print("OK")'
