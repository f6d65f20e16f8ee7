# id: H2
# title: loopback works inside, and two runs at once use the same port
# runs: a & b
# stdout: ^up\nOK\n$
# limits: wall=60s
import asyncio
async def echo(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 8080)
    print("up", flush=True)
    for host in ("127.0.0.1", "localhost"):
        reader, writer = await asyncio.open_connection(host, 8080)
        writer.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
        writer.close()
    await asyncio.sleep(1)
    server.close()
    print("OK")
asyncio.run(main())
