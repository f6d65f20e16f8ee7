# id: L5.compiler
# title: a C compiler makes a program that runs
# limits: wall=60s
command -v gcc >/dev/null || { echo "not installed: gcc"; exit 77; }
printf '#include <stdio.h>\nint main() { return puts("OK") < 0; }\n' >main.c
gcc -O1 -pipe -o main main.c && ./main
