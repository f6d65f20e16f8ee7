# id: A17.output
# title: a compiler that is led to write for ever ends as OUTPUT_LIMIT
# limits: output=64KiB cpu=10s wall=60s
# cause: OUTPUT_LIMIT
command -v gcc >/dev/null || { echo "not installed: gcc"; exit 77; }
name=x
for i in 1 2 3 4 5 6 7 8 9 10 11; do name=$name$name$name$name; done 2>/dev/null
echo "int main() { return $name; }" >long.c
gcc -c long.c
gcc -c long.c
