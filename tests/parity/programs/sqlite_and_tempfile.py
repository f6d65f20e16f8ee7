import sqlite3
import tempfile

with tempfile.NamedTemporaryFile(suffix=".db") as file:
    connection = sqlite3.connect(file.name)
    connection.execute("create table t (x)")
    connection.executemany("insert into t values (?)", [(1,), (2,)])
    connection.commit()
    print(connection.execute("select sum(x) from t").fetchone())
