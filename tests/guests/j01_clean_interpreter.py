# id: J1
# title: what a program changes in its interpreter and its start-up files, the next run does not see
# runs: spoil ; look
import asyncio
import builtins
import os
import signal
import sys
paths = [os.path.expanduser("~/.local/lib/python3.11/site-packages"), os.getcwd(), os.environ.get("TMPDIR", "/tmp"), "/tmp", os.path.expanduser("~")]
if sys.argv[1] == "spoil":
    builtins.spoiled = True
    sys.modules["spoiled"] = sys
    sys.path.insert(0, "/spoiled")
    os.environ["SPOILED"] = "1"
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    os.umask(0o777)
    os.nice(5)
    asyncio.set_event_loop_policy(None)
    for path in paths:
        try:
            os.makedirs(path, exist_ok=True)
            for name in ("sitecustomize.py", "usercustomize.py", ".pythonrc.py", "asyncio.py"):
                with open(f"{path}/{name}", "w") as file:
                    file.write("import builtins; builtins.spoiled = True")
        except OSError:
            pass
else:
    assert not hasattr(builtins, "spoiled") and "spoiled" not in sys.modules and "/spoiled" not in sys.path
    assert "SPOILED" not in os.environ
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == set()
    assert os.umask(0o022) in (0o022, 0o077, 0o002, 0o027) and os.nice(0) == 0, os.nice(0)
    for path in paths:
        for name in ("sitecustomize.py", "usercustomize.py", ".pythonrc.py", "asyncio.py"):
            assert not os.path.exists(f"{path}/{name}"), (path, name)
print("OK")
