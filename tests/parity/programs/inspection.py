import dis
import inspect
import traceback


def function(a, b=2):
    """Doc."""
    return a + b


print(inspect.getsource(function))
print(inspect.signature(function), inspect.stack()[0].filename, len(inspect.stack()))
traceback.print_stack()
dis.dis(function)
