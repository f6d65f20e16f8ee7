import asyncio
import time


async def main():
    print(await asyncio.to_thread(lambda: time.sleep(0.02) or "slow"))
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    await loop.run_in_executor(None, lambda: loop.call_soon_threadsafe(done.set))
    await done.wait()
    print("done")


asyncio.run(main())
