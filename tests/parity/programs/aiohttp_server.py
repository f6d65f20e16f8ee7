import asyncio

import aiohttp
from aiohttp import web


async def hello(request):
    return web.json_response({"path": request.path, "name": request.query.get("name")})


async def main():
    app = web.Application()
    app.router.add_get("/hello", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 8081).start()
    async with aiohttp.ClientSession() as session:
        async with session.get("http://127.0.0.1:8081/hello?name=ana") as response:
            print(response.status, await response.json())
    await runner.cleanup()


asyncio.run(main())
