# id: A13.group
# title: stopping all it can reach does not stop the wall clock
# limits: wall=500ms
# cause: WALL_TIME_LIMIT
sleep 60 &
kill -STOP 0
kill -STOP -1
kill -STOP 1
sleep 60
