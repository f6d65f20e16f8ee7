# id: A11
# title: a busy loop is CPU_TIME_LIMIT, and the message says so
# limits: cpu=500ms wall=20s
# cause: CPU_TIME_LIMIT
# message: (CPU|cpu|processor)
while True:
    pass
