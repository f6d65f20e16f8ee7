import asyncio


async def step(n):
    await asyncio.sleep(0.001 * n)
    print(asyncio.current_task().get_name(), n)
    return n


async def main():
    print(asyncio.current_task().get_name())
    print(await asyncio.gather(step(3), step(1), step(2)))
    async with asyncio.TaskGroup() as group:
        group.create_task(step(1))
        group.create_task(step(2), name="named")
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
    except TimeoutError:
        print("timeout")
    print(type(asyncio.get_running_loop()).__name__, asyncio.get_running_loop().get_debug())


asyncio.run(main())
asyncio.run(main())
