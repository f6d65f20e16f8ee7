import sys

print(__name__, __file__, __package__, __spec__, __cached__, type(__loader__).__name__, __doc__)
print(sys.argv, sys.orig_argv, sys.executable, sys.path[0])
print(sorted(name for name in dir() if name.startswith("__")))
print(sys.flags, sys.warnoptions, sys._xoptions)
print(sys.prefix, sys.base_prefix, sys.version, sys.getrecursionlimit(), sys.dont_write_bytecode)
print(sys.path)
