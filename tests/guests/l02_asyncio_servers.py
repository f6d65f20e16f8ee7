# id: L2.servers
# title: asyncio servers work: Unix sockets by path and abstract, TCP on loopback
# limits: wall=60s
import asyncio
async def main():
    async def echo(reader, writer):
        writer.write(await reader.read(100))
        await writer.drain()
        writer.close()
    for server, connect in ((asyncio.start_unix_server(echo, "socket"), lambda: asyncio.open_unix_connection("socket")),
                            (asyncio.start_unix_server(echo, "\0abstract"), lambda: asyncio.open_unix_connection("\0abstract")),
                            (asyncio.start_server(echo, "127.0.0.1", 7777), lambda: asyncio.open_connection("127.0.0.1", 7777))):
        running = await server
        reader, writer = await connect()
        writer.write(b"ping")
        writer.write_eof()
        assert await reader.read() == b"ping"
        writer.close()
        running.close()
asyncio.run(main())
print("OK")
