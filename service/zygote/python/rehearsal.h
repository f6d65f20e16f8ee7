// What a warm interpreter does in Python before there is a program.
#pragma once

namespace skillrunner::python {

// Defines two functions. It runs in a namespace of its own, which no program sees.
//
// rehearse: compiles and runs what most programs begin with. It must leave no trace: tasks are named, because unnamed
// ones would use up Task-1, Task-2, ..., and the event loop policy is put back to "none yet".
//
// renew_secrets: what siblings must not share although they are copies of one process. `random` renews itself after a
// fork; the process id does not tell OpenSSL, since every program has the same one.
inline constexpr char kRehearsal[] = R"python(
import io
import os
import sys

SOURCE = '''"""Text."""
import sys
from os import path


class Thing:
    def method(self, value: int = 1) -> list[int]:
        return [x * value for x in range(3) if x]


async def step(number, *rest, **named):
    try:
        await wait(number)
    except ValueError as error:
        print(f"{number}: {error!r}", file=sys.stderr)
    finally:
        pass
    return {"number": number, **named}


def main():
    with open(path.join("a", "b")) as file:
        for line in file:
            yield lambda: line


if __name__ == "__main__":
    main()
'''


def rehearse():
    compile(SOURCE, "<rehearsal>", "exec", dont_inherit=True)
    print("text", 1, 2.5, None, file=io.StringIO())
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return

    def named_task(loop, coroutine, **arguments):
        return asyncio.Task(coroutine, loop=loop, name="rehearsal", **arguments)

    def new_loop():
        loop = asyncio.new_event_loop()
        loop.set_task_factory(named_task)
        return loop

    async def part(number):
        await asyncio.sleep(0)
        await asyncio.sleep(1e-9)
        return number

    async def parts():
        await asyncio.gather(part(1), part(2), part(3))
        await asyncio.wait_for(part(4), timeout=10)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(parts())
    asyncio.set_event_loop_policy(None)


def renew_secrets():
    ssl = sys.modules.get("_ssl")
    if ssl is not None:
        ssl.RAND_add(os.urandom(32), 32.0)
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        process.current_process().authkey = os.urandom(32)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
)python";

// A program that does what most begin with, and leaves no trace either.
inline constexpr char kRehearsedProgram[] = R"python("""Text."""
import sys


class Thing:
    def method(self, value: int = 1) -> list[int]:
        return [x * value for x in range(3) if x]


async def step(number, *rest, **named):
    return f"step {number} of {rest!r}"


def main(things):
    for thing in things:
        try:
            str(thing.method(2))
        except ValueError:
            pass
    step(1).close()


if __name__ == "__main__":
    main([Thing(), Thing()])
)python";

}  // namespace skillrunner::python
