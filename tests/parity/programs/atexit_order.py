import atexit
import threading

atexit.register(print, "first registered")
atexit.register(print, "second registered")


@atexit.register
def failing():
    raise RuntimeError("in atexit")


thread = threading.Thread(target=lambda: print("thread", threading.current_thread().name))
thread.start()
thread.join()
print("main ends", threading.main_thread().name, threading.active_count() >= 1)
