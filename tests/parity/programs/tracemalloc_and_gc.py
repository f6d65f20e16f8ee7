import gc
import tracemalloc

print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks, gc.garbage)
print(tracemalloc.is_tracing())
print(gc.collect() >= 0)
