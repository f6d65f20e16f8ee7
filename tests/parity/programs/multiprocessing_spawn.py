import multiprocessing


def work(n):
    return n * n, multiprocessing.current_process().name.split("-")[0]


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        print(pool.map(work, range(4)))
    queue = context.Queue()
    process = context.Process(target=queue.put, args=("from child",))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode)
