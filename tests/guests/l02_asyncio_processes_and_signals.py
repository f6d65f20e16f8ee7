# id: L2
# title: asyncio subprocesses, signal handlers and sendfile work
# limits: wall=60s
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
