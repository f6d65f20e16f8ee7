# id: L2.uvloop
# title: uvloop works: threads, subprocesses, timers
# limits: wall=60s
import asyncio
import sys
import time
try:
    import uvloop
except ImportError:
    print("not installed: python3-uvloop")
    sys.exit(77)
async def main():
    await asyncio.to_thread(time.sleep, 0.2)
    await asyncio.sleep(0.01)
    process = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    assert (await process.communicate())[0] == b"hello\n"
uvloop.install()
asyncio.run(main())
print("OK")
