# id: B5
# title: the last bytes before the end always arrive before the end is told
# repeat: 100
# stdout: ^first\n[0-9]*last$
echo first
printf '%d' {1..500}
printf last
exit 0
