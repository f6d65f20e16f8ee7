# id: L5.sqlite
# title: sqlite works, with locks and write-ahead log, from two processes
# limits: wall=60s
import sqlite3
import subprocess
import sys
database = sqlite3.connect("data.db")
assert database.execute("pragma journal_mode=wal").fetchone()[0] == "wal"
database.execute("create table t(x)")
database.commit()
other = "import sqlite3; d = sqlite3.connect('data.db', timeout=10); d.execute('insert into t values (1)'); d.commit()"
children = [subprocess.Popen([sys.executable, "-c", other]) for _ in range(4)]
assert [child.wait() for child in children] == [0] * 4
assert database.execute("select count(*) from t").fetchone() == (4,)
print("OK")
