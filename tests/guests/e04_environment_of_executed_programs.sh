# id: E4.executed
# title: a program that is executed has the environment it was given, not that of whatever executed it
exec /usr/bin/python3 -c '
import os
names = {name for name in os.environ if not name.startswith(("LC_", "PYTHON", "ATTACK_"))}
assert {"PATH", "HOME", "LANG"} <= names, names
assert names <= {"PATH", "HOME", "LANG", "USER", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD", "LD_PRELOAD", "SHARED_OBJECTS_DIR", "GIT_CONFIG_NOSYSTEM"}, names
assert os.environ["HOME"] == os.getcwd(), os.environ["HOME"]
print("OK")'
