# id: A17
# title: a compiler that is led to work for ever ends at a limit of the run
# limits: cpu=1500ms wall=20s memory=256MiB
# cause: CPU_TIME_LIMIT|MEMORY_LIMIT
command -v gcc >/dev/null || { echo "not installed: gcc"; exit 77; }
{
  echo '#define A0 x,x,x,x,x,x,x,x'
  for i in 1 2 3 4 5 6 7 8 9 10; do p=$((i - 1)); echo "#define A$i A$p A$p A$p A$p A$p A$p A$p A$p"; done
  echo 'int f[] = { A10 };'
} >bomb.c
gcc -c bomb.c 2>/dev/null
