# id: L1
# title: asyncio.to_thread, call_soon_threadsafe and run_coroutine_threadsafe work with slow functions
# limits: wall=60s
import asyncio
import threading
import time
def slow():
    time.sleep(0.3)
    return threading.current_thread() is not threading.main_thread()
async def answer():
    await asyncio.sleep(0.01)
    return 42
async def main():
    loop = asyncio.get_running_loop()
    assert await asyncio.wait_for(asyncio.to_thread(slow), 10)
    done = asyncio.Event()
    threading.Thread(target=lambda: (time.sleep(0.2), loop.call_soon_threadsafe(done.set))).start()
    await asyncio.wait_for(done.wait(), 10)
    results = []
    def from_outside():
        time.sleep(0.1)
        results.append(asyncio.run_coroutine_threadsafe(answer(), loop).result(10))
    thread = threading.Thread(target=from_outside)
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.01)
    assert results == [42]
    assert await asyncio.gather(*[asyncio.to_thread(time.sleep, 0.1) for _ in range(8)]) == [None] * 8
asyncio.run(main())
print("OK")
