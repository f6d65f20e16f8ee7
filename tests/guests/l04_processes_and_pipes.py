# id: L4.pipes
# title: multiprocessing processes and pipes work by fork and spawn
# limits: wall=60s cpu=40s
import multiprocessing
def answer(pipe):
    pipe.send(pipe.recv() + 1)
    pipe.close()
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        here, there = context.Pipe()
        process = context.Process(target=answer, args=(there,))
        process.start()
        here.send(41)
        assert here.recv() == 42, method
        process.join()
        assert process.exitcode == 0, method
    print("OK")
