"""The CQL of the trial: rows by (partition, rest of the key), compared by their stamps.

A stamp names the write that a row's value comes from. A writer that knows the stamps it read can
have them compared in the transaction that changes the rows, whatever their values weigh.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = "bench.kept"
PLAIN: Final = "bench.plain"


def schema(replicas: int) -> tuple[str, ...]:
    """What makes the tables, one of them without transactions."""
    replication = f"{{'class': 'SimpleStrategy', 'replication_factor': {replicas}}}"
    columns = "(p blob, c blob, v blob, s blob, PRIMARY KEY (p, c))"
    return (
        f"CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {replication}",
        f"CREATE TABLE IF NOT EXISTS {ROWS} {columns} WITH transactional_mode = 'full'",
        f"CREATE TABLE IF NOT EXISTS {PLAIN} {columns} WITH transactional_mode = 'off'",
    )


def exchange(kept: int, changed: int, absent: bool = False) -> str:
    """Compare stamps and put rows if they agree; gives the stamps that were found.

    Of `kept` rows the stamps are compared only; `changed` rows are put as well. `absent`: the
    changed ones must not exist. Values: (p, c) of all, the stamps of the kept ones, then of the
    changed ones unless absent, then (p, c, v, s) of the changed ones.
    """
    count = kept + changed
    reads = [f"LET a{n} = (SELECT s FROM {ROWS} WHERE p = ? AND c = ?);" for n in range(count)]
    agree = [f"a{n} IS NULL" if absent and n >= kept else f"a{n}.s = ?" for n in range(count)]
    puts = [f"INSERT INTO {ROWS} (p, c, v, s) VALUES (?, ?, ?, ?);"] * changed
    return "\n".join(
        [
            "BEGIN TRANSACTION",
            *reads,
            f"SELECT {', '.join(f'a{n}.s' for n in range(count))};",
            f"IF {' AND '.join(agree)} THEN",
            *puts,
            "END IF",
            "COMMIT TRANSACTION",
        ]
    )


def snapshot(count: int) -> str:
    """Values and stamps of rows of any partitions, as of one moment."""
    reads = [f"LET a{n} = (SELECT v, s FROM {ROWS} WHERE p = ? AND c = ?);" for n in range(count)]
    wanted = ", ".join(f"a{n}.v, a{n}.s" for n in range(count))
    return "\n".join(["BEGIN TRANSACTION", *reads, f"SELECT {wanted};", "COMMIT TRANSACTION"])


PUT: Final = f"INSERT INTO {ROWS} (p, c, v, s) VALUES (?, ?, ?, ?)"
PUT_PLAIN: Final = f"INSERT INTO {PLAIN} (p, c, v, s) VALUES (?, ?, ?, ?)"
GET: Final = f"SELECT v, s FROM {ROWS} WHERE p = ? AND c = ?"
GET_PLAIN: Final = f"SELECT v, s FROM {PLAIN} WHERE p = ? AND c = ?"
RANGE: Final = f"SELECT c, v FROM {ROWS} WHERE p = ? AND c >= ? LIMIT 20"
RANGE_BACK: Final = f"SELECT c, v FROM {ROWS} WHERE p = ? AND c < ? ORDER BY c DESC LIMIT 20"
RANGE_INSIDE: Final = f"BEGIN TRANSACTION\n{RANGE};\nCOMMIT TRANSACTION"
BY_TOKEN: Final = f"SELECT p, c, v FROM {ROWS} WHERE token(p) > ? LIMIT 100"
