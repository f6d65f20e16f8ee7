# id: A9.core
# title: a crash leaves no core file
import os
import resource
import signal
import subprocess
import sys
assert resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, resource.getrlimit(resource.RLIMIT_CORE)
before = os.listdir(".")
crash = "import faulthandler; faulthandler._stack_overflow()"
assert subprocess.run([sys.executable, "-c", crash], stderr=subprocess.DEVNULL).returncode == -signal.SIGSEGV
assert subprocess.run([sys.executable, "-c", "import os; os.abort()"]).returncode == -signal.SIGABRT
assert os.listdir(".") == before, os.listdir(".")
print("OK")
