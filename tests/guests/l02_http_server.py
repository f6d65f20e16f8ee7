# id: L2.http
# title: python's own web server serves its directory, found by name and by address
# limits: wall=60s
import subprocess
import sys
import time
import urllib.request
with open("page", "w") as page:
    page.write("content")
server = subprocess.Popen([sys.executable, "-m", "http.server", "8765"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for host in ("localhost", "127.0.0.1"):
    end = time.monotonic() + 20
    while True:
        try:
            text = urllib.request.urlopen(f"http://{host}:8765/page", timeout=10).read()
            break
        except OSError:
            assert time.monotonic() < end and server.poll() is None, host
            time.sleep(0.05)
    assert text == b"content"
server.terminate()
server.wait()
print("OK")
