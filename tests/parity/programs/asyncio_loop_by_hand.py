import asyncio


async def main():
    print("in loop", asyncio.current_task().get_name())


loop = asyncio.get_event_loop()
print(loop)
loop.run_until_complete(main())
asyncio.ensure_future(main(), loop=loop)
print("left open, with a task that waits")
