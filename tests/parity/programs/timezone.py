import time
print(time.tzname, time.timezone, time.strftime("%Z", time.gmtime(0)))
