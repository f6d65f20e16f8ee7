# id: L4.multiprocessing
# title: multiprocessing works by fork, spawn and forkserver: Pool, Queue, Lock, Value, Array, SharedMemory, Manager
# limits: wall=60s cpu=40s
import multiprocessing
from multiprocessing.shared_memory import SharedMemory
def put(queue, lock, name, value, array):
    with value.get_lock():
        value.value += 1
    array[0] += 1.5
    memory = SharedMemory(name=name)
    with lock:
        memory.buf[0] += 1
    memory.close()
    queue.put("done")
def main():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            assert pool.map(abs, [-1, -2, -3]) == [1, 2, 3], method
        memory = SharedMemory(create=True, size=1 << 20)
        queue, lock = context.Queue(), context.Lock()
        value, array = context.Value("i", 40), context.Array("d", 100_000, lock=lock)
        processes = [context.Process(target=put, args=(queue, lock, memory.name, value, array)) for _ in range(2)]
        for process in processes:
            process.start()
        assert [queue.get(timeout=20) for _ in processes] == ["done", "done"], method
        for process in processes:
            process.join()
        assert memory.buf[0] == 2 and value.value == 42 and array[0] == 3, method
        memory.close()
        memory.unlink()
    with multiprocessing.Manager() as manager:
        shared = manager.dict(a=1)
        assert dict(shared) == {"a": 1}
    print("OK")
if __name__ == "__main__":
    main()
