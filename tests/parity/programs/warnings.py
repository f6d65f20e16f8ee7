import warnings

warnings.warn("user warning")
warnings.warn("deprecated", DeprecationWarning)


def f():
    warnings.warn("from f", RuntimeWarning, stacklevel=2)


f()
print("\d".strip("\\"))
open("/dev/null")
