# id: A9
# title: a stack overflow is reported as signal 11
# limits: wall=40s
# cause: SIGNALED
# signal: 11
import faulthandler
faulthandler._stack_overflow()
