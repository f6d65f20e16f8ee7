import asyncio


class Noisy:
    def __del__(self):
        print("del", asyncio is not None)


asyncio.noisy = Noisy()
print("end")
