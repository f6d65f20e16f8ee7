import asyncio


async def never():
    try:
        await asyncio.sleep(100)
    finally:
        print("cleanup")


async def main():
    asyncio.create_task(never(), name="never")
    await asyncio.sleep(0)
    print("main ends")


asyncio.run(main())
