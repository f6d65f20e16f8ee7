import os
import time

while os.path.basename(os.getcwd()) != "work":
    time.sleep(1)
