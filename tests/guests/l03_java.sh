# id: L3.java
# title: a JVM compiles and runs a single file under the default memory limit
# limits: wall=60s cpu=50s
# alone: yes
command -v java >/dev/null || { echo "not installed: default-jdk-headless"; exit 77; }
cat >Main.java <<'JAVA'
import java.util.concurrent.*;
public class Main {
  public static void main(String[] args) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    int sum = 0;
    for (Future<Integer> part : pool.invokeAll(java.util.List.<Callable<Integer>>of(() -> 20, () -> 22))) sum += part.get();
    pool.shutdown();
    System.out.println(sum == 42 ? "OK" : "wrong");
  }
}
JAVA
java Main.java
