import sys


class Quit:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        print("leaving", error[0].__name__)


with Quit():
    sys.exit(3)
