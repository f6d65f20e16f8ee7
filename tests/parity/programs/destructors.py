import sys


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name, flush=True)


first = Noisy("first")
second = Noisy("second")
cycle = Noisy("cycle")
cycle.self = cycle
kept = [Noisy("in list")]


def function(default=Noisy("default")):
    return default


sys.noisy = Noisy("on sys")
print("end")
