# id: L2.uvloop.servers
# title: uvloop servers work on loopback
# limits: wall=60s
import asyncio
import sys
try:
    import uvloop
except ImportError:
    print("not installed: python3-uvloop")
    sys.exit(77)
async def main():
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
