# id: B5.killed
# title: the last bytes before SIGKILL always arrive
# repeat: 30
# cause: SIGNALED
# signal: 9
# stdout: ^last$
printf last
kill -KILL $$
