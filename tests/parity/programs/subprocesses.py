import subprocess
import sys

print(subprocess.run([sys.executable, "-c", "import sys; print(sys.argv, sys.flags.unbuffered if hasattr(sys.flags, 'unbuffered') else '')"], capture_output=True, text=True))
print(subprocess.run("echo shell; exit 3", shell=True))
print(subprocess.check_output(["cat"], input=b"piped"))
try:
    subprocess.run(["sleep", "5"], timeout=0.05)
except subprocess.TimeoutExpired as error:
    print(error.cmd, type(error).__name__)
