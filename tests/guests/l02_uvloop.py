# id: L2.uvloop
# title: uvloop works: threads, subprocesses, TCP, timers
# limits: wall=20s
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
    process = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    assert (await process.communicate())[0] == b"hello\n"
    async def echo(reader, writer):
        writer.write(await reader.readline())
        writer.close()
    server = await asyncio.start_server(echo, "127.0.0.1", 7778)
    reader, writer = await asyncio.open_connection("127.0.0.1", 7778)
    writer.write(b"hello\n")
    assert await reader.readline() == b"hello\n"
    server.close()
uvloop.install()
asyncio.run(main())
print("OK")
