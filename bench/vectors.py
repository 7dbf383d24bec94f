"""How fast vectors are searched, beside pgvector: 384 dimensions, TopK 10, under COSINE.

Vectors are drawn from topics, as those of texts are; what is searched for is drawn like them. Both
sides have one process on one core's worth of work; searches come over their own protocols, from a
process of their own. pgvector's `ef_search` is the smallest one with the recall that is asked for.

Puts replace vectors at the rate of their target while one client searches without a pause: first
by BatchWriteItem, 25 at a time, as programs load vectors, and then by PutItem. Both are flushed to
disk before they are answered, and both are printed; the target is that of the batches.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import orjson
import sides
import workload
from http_load import HttpLoad
from programs import write_requests
from rich.console import Console
from sides import Side
from verdict import exit_status

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.postgres import PostgresServer, make_directory, remove

DIMENSIONS = 384
VECTORS = 10 * workload.ITEMS
QUICK_VECTORS = VECTORS // 4
TOP = 10
QUERIES = 200
RECALL = 0.97
MOST_MILLISECONDS = 3.0
SEARCHES = 800
PUTS = 2000
"""A second, each."""
OFFERED = 1.1
"""Times that many puts are sent, so that they can be reached."""
CONNECTIONS = 4
BATCH = 25
PUT_AGAIN = 800
"""Vectors that are put again and again while searches run."""
PUT_CONNECTIONS = {"batched": 8, "single": 32}
"""Puts that are on their way together share the flushes of the disk."""
MICROSECONDS_TO_SETTLE = 60
"""For each vector, after the first search: bits and lists are made in the background."""
EF_SEARCH = (40, 60, 80, 120, 200, 400)
TABLE = "Vectors"

Figures = dict[str, float]


def drawn(count: int) -> Any:
    """Vectors of some hundred topics, most of whose variance is in few directions."""
    random = np.random.default_rng(18)
    spectrum = np.arange(1, DIMENSIONS + 1) ** -0.5
    topics = random.standard_normal((500, DIMENSIONS)) * spectrum
    vectors = topics[random.integers(0, 500, count)]
    vectors = vectors + 0.7 * random.standard_normal((count, DIMENSIONS)) * spectrum
    return (vectors / np.linalg.norm(vectors, axis=1)[:, None]).astype(np.float32)


def recall(found: list[list[int]], vectors: Any, wanted: Any) -> float:
    """The part of the truly nearest that was found."""
    hits = 0
    for got, query in zip(found, wanted, strict=True):
        nearest = np.argpartition(-(vectors @ query), TOP)[:TOP]
        hits += len(set(got) & set(nearest.tolist()))
    return hits / (TOP * len(found))


# --- Jedlik ---------------------------------------------------------------------------------------


def request(operation: str, body: dict[str, Any]) -> bytes:
    """The bytes of a request, which the server takes unsigned."""
    content = orjson.dumps(body)
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.{operation}"
        f"\r\nAuthorization: AWS4-HMAC-SHA256 Credential={workload.ACCESS_KEY}/20260101/"
        f"{workload.REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature={'0' * 64}\r\n"
    )
    return head.encode() + b"X-Amz-Date: 20260101T000000Z\r\n\r\n" + content


class Connection:
    """A client of one connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, sent: bytes) -> bytes:
        """The answer's body."""
        self._socket.sendall(sent)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._socket.recv(1 << 16)
        head, _, body = got.partition(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < size:
            body += self._socket.recv(1 << 16)
        assert head.startswith(b"HTTP/1.1 200"), body[:500]
        return body


def text_of(vector: Any) -> bytes:
    """A vector's numbers, rounded and joined by commas, in a time that does not count."""
    rounded = np.round(vector.astype(np.float64), 6)
    return orjson.dumps(rounded, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def numbers(vector: Any) -> orjson.Fragment:
    return orjson.Fragment(b'[{"N":"%b"}]' % text_of(vector).replace(b",", b'"},{"N":"'))


def put(number: int, vector: Any) -> dict[str, Any]:
    return {"pk": {"S": f"{number}"}, "v": {"L": numbers(vector)}}


def searches(wanted: Any) -> list[bytes]:
    return [
        request("SearchVectors", {
            "TableName": TABLE, "IndexName": "nearest", "TopK": TOP, "SearchVector": numbers(each),
        })
        for each in wanted
    ]  # fmt: skip


def batches(first: int, vectors: Any) -> Iterator[bytes]:
    """Puts of vectors, numbered from `first` on."""
    for at in range(0, len(vectors), BATCH):
        puts = [
            {"PutRequest": {"Item": put(first + at + each, vector)}}
            for each, vector in enumerate(vectors[at : at + BATCH])
        ]
        yield request("BatchWriteItem", {"RequestItems": {TABLE: puts}})


def single_puts(vectors: Any) -> Iterator[bytes]:
    """The same one by one, numbered from 0 on."""
    for number, vector in enumerate(vectors):
        yield request("PutItem", {"TableName": TABLE, "Item": put(number, vector)})


def _filled(port: int, first: int, vectors: Any) -> None:
    connection = Connection(port)
    for each in batches(first, vectors):
        connection.call(each)


def _seconds_to_fill(port: int, vectors: Any) -> float:
    begin = time.monotonic()
    part = -(-len(vectors) // CONNECTIONS)
    fillers = [
        multiprocessing.Process(target=_filled, args=(port, at, vectors[at : at + part]))
        for at in range(0, len(vectors), part)
    ]
    for filler in fillers:
        filler.start()
    for filler in fillers:
        filler.join()
    return time.monotonic() - begin


def _rate(makers: list[Callable[[], Callable[[int], Any]]], seconds: float) -> float:
    """Calls a second, of this many callers at once in threads."""
    counts = [0] * len(makers)
    until = time.monotonic() + seconds

    def run(at: int) -> None:
        call = makers[at]()
        while time.monotonic() < until:
            call(counts[at] * len(makers) + at)
            counts[at] += 1

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(makers))]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - begin)


def jedlik(vectors: Any, wanted: Any, seconds: float) -> Figures:
    """Its figures."""
    command = (sys.executable, "-m", "jedlik", "serve", "--port", "{port}", "--data", "{data}")
    with sides.all_running([Side("vectors", "vectors", command)]) as servers:
        return _measured(servers[0], vectors, wanted, seconds)


def _measured(server: sides.Running, vectors: Any, wanted: Any, seconds: float) -> Figures:
    port = server.port
    client: Any = boto3.client(
        "dynamodb", endpoint_url=f"http://127.0.0.1:{port}", region_name=workload.REGION,
        aws_access_key_id=workload.ACCESS_KEY, aws_secret_access_key=workload.SECRET_KEY,
    )  # fmt: skip
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        VectorIndexes=[{
            "IndexName": "nearest", "VectorAttribute": {"AttributeName": "v"},
            "Dimensions": DIMENSIONS, "DistanceFunction": "COSINE",
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    )  # fmt: skip
    figures = {"fill_seconds": _seconds_to_fill(port, vectors)}
    sent = searches(wanted)
    connection = Connection(port)
    held, begin = server.own_memory(), time.monotonic()
    connection.call(sent[0])
    figures["first_search_seconds"] = time.monotonic() - begin
    time.sleep(MICROSECONDS_TO_SETTLE * len(vectors) / 1e6)
    figures["memory_of_vectors_times"] = (server.own_memory() - held) / vectors.nbytes
    found = []
    times = []
    for each in sent:
        begin = time.perf_counter()
        answer = connection.call(each)
        times.append(time.perf_counter() - begin)
        results = json.loads(answer)["SearchResults"]
        found.append([int(result["Item"]["pk"]["S"]) for result in results])
    figures["p50_milliseconds"] = 1000 * statistics.median(times)
    figures["recall"] = recall(found, vectors, wanted)

    def caller() -> Callable[[int], Any]:
        own = Connection(port)
        return lambda number: own.call(sent[number % len(sent)])

    used = server.processor_time()
    figures["searches"] = _rate([caller] * CONNECTIONS, seconds)
    used = server.processor_time() - used
    figures["microseconds_of_a_search"] = 1e6 * used / (figures["searches"] * seconds)
    figures |= _put_while_searching(port, vectors[:PUT_AGAIN], sent, seconds)
    return figures


def _put_while_searching(
    port: int, vectors: Any, wanted: Sequence[bytes], seconds: float
) -> Figures:
    """Puts and searches a second, together, with the puts in batches and one by one."""
    figures: Figures = {}
    shifted = [np.roll(vectors, shift, axis=0) for shift in (1, 2)]
    """In turns, so that every put changes what is there."""
    with tempfile.TemporaryDirectory() as name:
        load, file = HttpLoad(Path(name)), Path(name) / "requests"
        for kind, connections in PUT_CONNECTIONS.items():
            size = BATCH if kind == "batched" else 1
            write_requests(file, (
                each for turn in shifted
                for each in (batches(0, turn) if size > 1 else single_puts(turn))
            ))  # fmt: skip
            with _searching(port, wanted) as searched:
                times = load.drive(port, file, seconds, OFFERED * PUTS / size, connections)
            assert not times.failed, times
            figures[f"{kind}_puts_while_searching"] = size * times.rate
            figures[f"searches_with_{kind}_puts"] = searched()
    return figures


@contextmanager
def _searching(port: int, wanted: Sequence[bytes]) -> Iterator[Callable[[], float]]:
    """One client that searches all the while; afterwards there is its number of searches a
    second."""
    ended, done = threading.Event(), 0

    def run() -> None:
        nonlocal done
        connection = Connection(port)
        while not ended.is_set():
            connection.call(wanted[done % len(wanted)])
            done += 1

    thread = threading.Thread(target=run)
    begin = time.monotonic()
    thread.start()
    try:
        yield lambda: done / took
    finally:
        ended.set()
        thread.join()
        took = time.monotonic() - begin


# --- pgvector -------------------------------------------------------------------------------------


@contextmanager
def _postgres() -> Iterator[str]:
    directory = make_directory()
    server = PostgresServer(directory, {"shared_buffers": "1GB", "maintenance_work_mem": "1GB"})
    try:
        server.initialize()
        server.start()
        yield server.url
    finally:
        server.stop()
        remove(directory)


def pgvector(vectors: Any, wanted: Any, seconds: float) -> Figures:
    """The peer's figures."""
    with _postgres() as url:
        return asyncio.run(_pgvector(url, vectors, wanted, seconds))


async def _pgvector(url: str, vectors: Any, wanted: Any, seconds: float) -> Figures:
    import asyncpg  # noqa: PLC0415

    connection = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION vector")
    await connection.execute(f"CREATE TABLE v (id int PRIMARY KEY, v vector({DIMENSIONS}))")
    begin = time.monotonic()
    insert = await connection.prepare("INSERT INTO v VALUES ($1::int, $2::text::vector)")
    for at in range(0, len(vectors), 1000):
        rows = [(at + each, _text(one)) for each, one in enumerate(vectors[at : at + 1000])]
        await insert.executemany(rows)
    await connection.execute("SET max_parallel_maintenance_workers = 0")
    await connection.execute("CREATE INDEX ON v USING hnsw (v vector_cosine_ops)")
    figures = {"fill_seconds": time.monotonic() - begin}
    select = "SELECT id FROM v ORDER BY v <=> $1::text::vector LIMIT 10"
    texts = [_text(each) for each in wanted]
    chosen = EF_SEARCH[-1]
    for chosen in EF_SEARCH:
        await connection.execute(f"SET hnsw.ef_search = {chosen}")
        found, times = [], []
        for each in texts:
            begin = time.perf_counter()
            rows = await connection.fetch(select, each)
            times.append(time.perf_counter() - begin)
            found.append([row["id"] for row in rows])
        figures["recall"] = recall(found, vectors, wanted)
        figures["p50_milliseconds"] = 1000 * statistics.median(times)
        if figures["recall"] >= RECALL:
            break
    until = time.monotonic() + seconds
    done = 0
    while time.monotonic() < until:  # one backend, as the other side has one process
        await connection.fetch(select, texts[done % len(texts)])
        done += 1
    figures["searches"] = done / seconds
    figures["ef_search"] = chosen
    await connection.close()
    return figures


def _text(vector: Any) -> str:
    return f"[{text_of(vector).decode()}]"


# --- Both -----------------------------------------------------------------------------------------


def measure(count: int, seconds: float, *, peer: bool = True) -> dict[str, Figures]:
    """The figures of both sides, with this many vectors."""
    both = drawn(count + QUERIES)
    vectors, wanted = both[:count], both[count:]
    figures = {"jedlik": jedlik(vectors, wanted, seconds)}
    if peer:
        figures["pgvector"] = pgvector(vectors, wanted, seconds)
    return figures


_TARGETS: dict[str, Callable[[float], bool]] = {
    "p50_milliseconds": lambda value: value <= MOST_MILLISECONDS,
    "recall": lambda value: value >= RECALL,
    "searches": lambda value: value >= SEARCHES,
    "batched_puts_while_searching": lambda value: value >= PUTS,
}


def report(figures: dict[str, Figures], console: Console) -> bool:
    """Print them; returns whether the targets are reached."""
    reached = True
    for side, of_side in figures.items():
        told = []
        for name, value in of_side.items():
            is_enough = _TARGETS.get(name)
            good = side != "jedlik" or is_enough is None or is_enough(value)
            reached = reached and good
            text = f"{name.replace('_', ' ')} {value:,.3g}"
            told.append(text if good else f"[red]{text}[/]")
        console.print(f"Vectors, {side}: {', '.join(told)}")
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=VECTORS)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--no-peer", action="store_true")
    chosen = parser.parse_args()
    figures = measure(chosen.vectors, chosen.seconds, peer=not chosen.no_peer)
    return exit_status(reached=report(figures, Console(highlight=False)))


if __name__ == "__main__":
    sys.exit(main())
