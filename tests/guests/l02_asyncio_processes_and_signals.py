# id: L2
# title: asyncio subprocesses, signal handlers, sendfile, Unix servers and TCP on loopback work
# limits: wall=20s
import asyncio
import os
import signal
import socket
import sys
async def main():
    loop = asyncio.get_running_loop()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(input())", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    assert (await process.communicate(b"hello\n"))[0] == b"hello\n" and process.returncode == 0
    process = await asyncio.create_subprocess_shell("echo out; echo err >&2; exit 3", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    assert await process.communicate() == (b"out\n", b"err\n") and process.returncode == 3
    process = await asyncio.create_subprocess_exec("sleep", "60")
    process.terminate()
    assert await process.wait() == -signal.SIGTERM
    received = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, received.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(received.wait(), 5)
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
    left, right = socket.socketpair()
    for end in (left, right):
        end.setblocking(False)
    with open("file", "wb+") as file:
        file.write(b"x" * 100_000)
        file.seek(0)
        async def drain():
            got = 0
            while got < 100_000:
                got += len(await loop.sock_recv(right, 65536))
            return got
        sent, got = await asyncio.gather(loop.sock_sendfile(left, file), drain())
        assert sent == got == 100_000
asyncio.run(main())
print("OK")
