# id: L5.make
# title: make -j runs jobs beside each other and compiles
# limits: wall=60s
command -v make >/dev/null || { echo "not installed: make"; exit 77; }
{
  printf 'all: one two three four\n'
  printf 'one two three four:\n\tsleep 0.1; echo $@ > $@.out\n'
} >Makefile
make -s -j4 >/dev/null && [ "$(cat one.out four.out | wc -l)" = 2 ] || exit 1
if command -v gcc >/dev/null; then
  printf '#include <stdio.h>\nint main() { return puts("OK") < 0; }\n' >main.c
  gcc -O1 -pipe -o main main.c && ./main
else
  echo OK
fi
