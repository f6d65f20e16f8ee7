# id: E7.bounding
# title: no capability can be gained by whatever is executed: the bounding set is empty, the secure bits are locked
# not-at: restricted: to drop from the bounding set takes a capability that an unprivileged service does not have; no_new_privs stands alone (E7)
import ctypes
import os
libc = ctypes.CDLL(None, use_errno=True)
PR_CAPBSET_READ, PR_GET_SECUREBITS = 23, 27
NOROOT, NO_SETUID_FIXUP, KEEP_CAPS, NO_CAP_AMBIENT_RAISE = 1, 4, 16, 64
held = [capability for capability in range(64) if libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1]
assert not held, held
bits = libc.prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)
# Each with its lock, the next higher bit; capabilities cannot be kept, so that only the lock of that one is set.
needed = 3 * NOROOT | 3 * NO_SETUID_FIXUP | 2 * KEEP_CAPS | 3 * NO_CAP_AMBIENT_RAISE
assert bits & needed == needed and not bits & KEEP_CAPS, bits
if os.path.exists("/proc/self/status"):
    status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    assert int(status["CapBnd"], 16) == 0, status["CapBnd"]
print("OK")
