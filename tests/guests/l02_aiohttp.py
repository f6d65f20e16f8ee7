# id: L2.aiohttp
# title: an aiohttp server and its client work over loopback
# limits: wall=60s
import asyncio
import sys
try:
    import aiohttp
    from aiohttp import web
except ImportError:
    print("not installed: python3-aiohttp")
    sys.exit(77)
async def main():
    app = web.Application()
    async def hello(_):
        return web.Response(text="hello")
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 8081).start()
    async with aiohttp.ClientSession() as session:
        async with session.get("http://localhost:8081/") as response:
            assert response.status == 200 and await response.text() == "hello"
    await runner.cleanup()
asyncio.run(main())
print("OK")
