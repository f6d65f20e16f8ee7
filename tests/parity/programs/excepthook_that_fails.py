import sys


def hook(*arguments):
    raise RuntimeError("hook failed")


sys.excepthook = hook
raise KeyError("x")
