import atexit, os
atexit.register(print, "never")
print("now", flush=True)
os._exit(4)
