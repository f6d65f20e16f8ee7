# id: A4.leader
# title: memory counts in a process whose first thread has ended: MEMORY_LIMIT
# limits: memory=128MiB wall=60s
# cause: MEMORY_LIMIT
command -v gcc >/dev/null || { echo "not installed: gcc"; exit 77; }
cat >program.c <<'C'
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
static void* grow(void* unused) {
  usleep(300000);
  for (int i = 0; i < 40; i++) {
    char* memory = mmap(0, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 16 << 20);
    usleep(50000);
  }
  _exit(0);
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, grow, 0);
  syscall(SYS_exit, 0);
}
C
gcc -O1 -pthread -o program program.c && exec ./program
