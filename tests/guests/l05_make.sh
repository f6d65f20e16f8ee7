# id: L5.make
# title: make -j runs jobs beside each other
# limits: wall=60s
command -v make >/dev/null || { echo "not installed: make"; exit 77; }
{
  printf 'all: one two three four\n'
  printf 'one two three four:\n\tsleep 0.1; echo $@ > $@.out\n'
} >Makefile
make -s -j4 >/dev/null && [ "$(cat one.out four.out | wc -l)" = 2 ] || exit 1
echo OK
