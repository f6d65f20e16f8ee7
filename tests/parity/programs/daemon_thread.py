import threading
import time


def forever():
    while True:
        time.sleep(0.005)


threading.Thread(target=forever, daemon=True).start()
time.sleep(0.02)
print("main is done")
