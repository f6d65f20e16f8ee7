# id: E4
# title: the environment holds nothing of the service
import os
import re
allowed = {"PATH", "HOME", "LANG", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD", "TZ",
           "LD_PRELOAD", "SHARED_OBJECTS_DIR", "GIT_CONFIG_NOSYSTEM"}
names = {name for name in os.environ if not name.startswith(("LC_", "PYTHON", "ATTACK_"))}
assert names <= allowed, names - allowed
text = "\n".join(f"{name}={value}" for name, value in os.environ.items())
assert not re.search("canary-[0-9a-f]{32}|SKILL_RUNNER", text), text
for pid in ["self", *map(str, range(1, 300))]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            content = file.read()
    except OSError:
        continue
    assert not re.search(rb"canary-[0-9a-f]{32}|SKILL_RUNNER", content), (pid, content)
print("OK")
