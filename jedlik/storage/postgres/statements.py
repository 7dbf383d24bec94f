"""The SQL of the engine. Portable: no extensions, no system columns, no advisory locks.

Batches pass arrays, so that a batch of any size is one statement and is planned once. `SKIP LOCKED`
is used where another writer's lock means that the value is about to change, so that waiting would
be in vain.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = "jedlik_rows"
NOTES: Final = "jedlik_engine"

VERSION_NOTE: Final = "schema version"
GATE_NOTE: Final = "gate"

SCHEMA: Final = (
    f"CREATE TABLE IF NOT EXISTS {ROWS} (key bytea PRIMARY KEY, value bytea)",
    f"CREATE TABLE IF NOT EXISTS {NOTES} (name varchar(100) PRIMARY KEY, value bytea NOT NULL)",
)
"""A value is NULL only in a placeholder: a row that holds the lock of a key that does not exist,
and that its transaction removes again."""

TUNING: Final = (
    # Room in each page for new versions of its rows, which then need no new index entries.
    f"ALTER TABLE {ROWS} SET (fillfactor = 85)",
    # A hot row has many old versions; they are to go before there are thousands.
    f"ALTER TABLE {ROWS} SET (autovacuum_vacuum_scale_factor = 0.02)",
)
"""For PostgreSQL; other databases may refuse it."""

SESSION: Final = (
    # All statements are served by the primary key's index. With plans made once and for arrays of
    # unknown length, the planner could take sorting half of the table for the better idea.
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_nestloop", "on"),
    ("jit", "off"),
    # A node that was stopped in the middle of a transaction must not keep its locks.
    ("idle_in_transaction_session_timeout", "5000"),
)
"""For PostgreSQL; other databases may refuse it."""

SET_OPTION: Final = "SELECT set_config($1, $2, false)"

READ: Final = f"SELECT key, value FROM {ROWS} WHERE key = ANY($1::bytea[])"
"""$1: keys. A placeholder is never seen: it is not committed."""

READ_FOR_WRITE: Final = f"""
SELECT key, value FROM {ROWS} WHERE key = ANY($1::bytea[])
UNION ALL
SELECT NULL, value FROM {NOTES} WHERE name = '{GATE_NOTE}'
"""
"""The same, with the gate (see commits) under the key NULL."""

READ_BOUNDED: Final = f"""
SELECT key, CASE WHEN place <= $2::bigint OR total <= $3::bigint THEN value END
FROM (
  SELECT r.key, r.value, w.place, sum(octet_length(r.value)) OVER (ORDER BY w.place) AS total
  FROM unnest($1::bytea[]) WITH ORDINALITY AS w(key, place) JOIN {ROWS} r ON r.key = w.key
) AS found
UNION ALL
SELECT NULL, value FROM {NOTES} WHERE name = '{GATE_NOTE}'
"""
"""The same for many keys: without values beyond the first $3 bytes in the order of keys, except
those of the first $2 keys."""

COMMIT: Final = f"""
WITH shared AS MATERIALIZED (
  SELECT key, value FROM {ROWS} WHERE key = ANY($1::bytea[])
  ORDER BY key FOR SHARE SKIP LOCKED
), taken AS MATERIALIZED (
  SELECT key, value FROM {ROWS} WHERE key = ANY($2::bytea[])
  ORDER BY key FOR UPDATE SKIP LOCKED
), agreed AS MATERIALIZED (
  SELECT 1 AS yes WHERE
    coalesce((SELECT array_agg(key ORDER BY key) FROM shared), '{{}}') = $1::bytea[]
    AND coalesce((SELECT array_agg(value ORDER BY key) FROM shared), '{{}}') = $3::bytea[]
    AND coalesce((SELECT array_agg(key ORDER BY key) FROM taken), '{{}}') = $2::bytea[]
    AND coalesce((SELECT array_agg(value ORDER BY key) FROM taken), '{{}}') = $4::bytea[]
    AND NOT EXISTS (SELECT 1 FROM {ROWS} WHERE key = ANY($7::bytea[]))
), put AS (
  INSERT INTO {ROWS} (key, value)
  SELECT u.key, u.value FROM agreed, unnest($5::bytea[], $6::bytea[]) AS u(key, value)
  ORDER BY u.key
  ON CONFLICT (key) DO UPDATE SET value = excluded.value
), made AS (
  INSERT INTO {ROWS} (key, value)
  SELECT u.key, u.value FROM agreed, unnest($7::bytea[], $8::bytea[]) AS u(key, value)
  ORDER BY u.key
  ON CONFLICT (key) DO NOTHING
  RETURNING 1 AS one
), gone AS (
  DELETE FROM {ROWS} WHERE key = ANY($9::bytea[]) AND EXISTS (SELECT 1 FROM agreed)
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM agreed)
  THEN 1 / (CASE WHEN (SELECT count(*) FROM made) = cardinality($7::bytea[]) THEN 1 ELSE 0 END)
  ELSE 0 END
"""
"""Check, change and commit in one: 1 if done, 0 if a value had changed (then nothing is done). $1,
$3: keys that must have these values until the commit, and the values, in the order of keys. $2, $4:
the same for keys that are changed. $5, $6: keys to put whether they exist or not. $7, $8: keys to
put that must not exist. $9: keys to delete. The division fails, and undoes everything, if another
transaction put one of $7 while the statement ran.
"""

LOCK: Final = f"""
INSERT INTO {ROWS} (key, value)
SELECT u.key, NULL FROM unnest($1::bytea[]) AS u(key) ORDER BY u.key
ON CONFLICT (key) DO UPDATE SET value = {ROWS}.value
RETURNING key, value
"""
"""Lock keys that exist and keys that do not, the latter by placeholders. $1: keys in order."""

SHARE: Final = f"SELECT key, value FROM {ROWS} WHERE key = ANY($1::bytea[]) ORDER BY key FOR SHARE"
"""Keep keys unchanged until the commit. $1: keys in order."""

APPLY: Final = f"""
WITH put AS (
  INSERT INTO {ROWS} (key, value)
  SELECT u.key, u.value FROM unnest($1::bytea[], $2::bytea[]) AS u(key, value)
  ORDER BY u.key
  ON CONFLICT (key) DO UPDATE SET value = excluded.value
)
DELETE FROM {ROWS} WHERE key = ANY($3::bytea[])
"""
"""$1, $2: keys to put and their values. $3: keys to delete, placeholders among them."""

SET_NOTE: Final = f"""
INSERT INTO {NOTES} (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
CLEAR_NOTE: Final = f"DELETE FROM {NOTES} WHERE name = $1 AND value = $2"


def range_statement(*, bounded: bool, reverse: bool, cut: bool, limited: bool) -> str:
    """A page of rows, and the values of keys beside it, in one snapshot.

    $1: keys beside. $2: low end. Then the high end if `bounded`, the most rows to look at if
    `limited`, and with `cut` the bytes of values that end the page. Rows are (key, value, rows
    looked at); the last is NULL for keys beside. With `cut` there may be fewer rows than were
    looked at.
    """
    high = "AND key < $3::bytea" if bounded else ""
    most = f"LIMIT ${4 if bounded else 3}::bigint" if limited else ""
    end = f"${3 + bounded + limited}::bigint"
    order = "DESC" if reverse else "ASC"
    rows = (
        f"SELECT key, value FROM {ROWS} WHERE key >= $2::bytea {high} ORDER BY key {order} {most}"
    )
    if cut:
        rows = f"""
        SELECT key, value, looked FROM (
          SELECT key, value, count(*) OVER () AS looked,
            sum(octet_length(value)) OVER (ORDER BY key {order} ROWS UNBOUNDED PRECEDING)
              - octet_length(value) AS before
          FROM ({rows}) AS found
        ) AS counted WHERE before < {end} ORDER BY key {order}"""
    else:
        rows = f"SELECT key, value, 0 AS looked FROM ({rows}) AS found"
    return f"""
    (SELECT key, value, looked FROM ({rows}) AS page)
    UNION ALL
    SELECT key, value, NULL FROM {ROWS} WHERE key = ANY($1::bytea[])"""
