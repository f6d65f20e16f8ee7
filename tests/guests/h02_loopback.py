# id: H2
# title: loopback works inside, and two runs at once use the same port
# not-at: restricted: there are no sockets but pairs: loopback is where the service itself listens (docs/sandbox.md)
# runs: a & b
# stdout: ^up\nOK\n$
# limits: wall=60s
import asyncio
import socket
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
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 9999))
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"datagram", ("127.0.0.1", 9999))
    receiver.settimeout(5)
    assert receiver.recv(100) == b"datagram"
    await asyncio.sleep(1)
    server.close()
    print("OK")
asyncio.run(main())
