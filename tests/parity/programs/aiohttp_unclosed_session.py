import asyncio

import aiohttp


async def main():
    session = aiohttp.ClientSession()
    print(session.closed)


asyncio.run(main())
