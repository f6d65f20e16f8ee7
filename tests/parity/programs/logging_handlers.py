import logging

logging.basicConfig(format="%(levelname)s %(name)s %(message)s %(processName)s %(threadName)s")
logging.getLogger("x").warning("logged")
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("with traceback")
