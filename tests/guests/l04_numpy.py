# id: L4
# title: numpy computes with its threads
# limits: wall=30s
import sys
try:
    import numpy
except ImportError:
    print("not installed: python3-numpy")
    sys.exit(77)
matrix = numpy.arange(250_000, dtype=float).reshape(500, 500) % 7
assert (matrix @ numpy.eye(500) == matrix).all()
assert numpy.linalg.matrix_rank(numpy.eye(50)) == 50
print("OK")
