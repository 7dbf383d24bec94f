"""What each stage of a request costs by itself, in microseconds of one core.

    python bench/stages.py [--loads get,put,update,query] [--times 20000]

Everything runs in this process and no socket, disk or other process takes part: a signed request's
bytes go into the HTTP protocol object, and the answer's bytes come out. Writes are decided and
stored in memory at once instead of waiting for a commit. So what the whole costs here bounds the
requests a second that one process can reach; the machine's time for the network is on top. What
policies cost (see `access`) is beside the whole, which asks none.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import access
import orjson
import workload

from jedlik.auth.identity import Identity
from jedlik.auth.sigv4 import Verifier
from jedlik.base import turns
from jedlik.base.clock import SystemClock
from jedlik.base.errors import AccessDeniedException
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.api.routes import Routes
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.iam.model import ACTIVE, AccessKey, User
from jedlik.services.iam.store import Draft, Identities
from jedlik.storage.groupcommit import decide
from jedlik.storage.memory import MemoryEngine

DISTINCT = 1000


class AtOnce(MemoryEngine):
    """The memory engine without a group commit: a write is decided and stored where it is asked."""

    async def write(self, task: Any) -> Any:
        decided = decide((task,), self._values.get)
        for key, value in decided.changes.items():
            self._put(key, value)
        (outcome,) = decided.outcomes
        if outcome.error is not None:
            raise outcome.error
        return outcome.result


class Sink:
    """A transport that swallows what is written."""

    written = b""

    def write(self, data: bytes) -> None:
        self.written = data

    def get_extra_info(self, _name: str) -> None:
        return None


class Constant:
    """A service that answers at once."""

    def submit(self, _request: Request, reply: Reply) -> None:
        reply(Answer(200, b"{}"))


class Recorder(Constant):
    """One that keeps the requests too."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def submit(self, request: Request, reply: Reply) -> None:
        self.requests.append(request)
        super().submit(request, reply)


def connection(service: Any) -> Any:
    """A connection's protocol object in front of a service."""
    made = HttpServer(service, HttpSettings(), SystemClock(), RandomIds()).connection()
    made.connection_made(Sink())  # type: ignore[arg-type]
    return made


def microseconds(call: Callable[[Any], Any], arguments: list[Any], times: int) -> float:
    """One call's time of the processor: the least of five rounds over the arguments."""
    rounds = max(times // len(arguments) // 5, 1)
    least = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(rounds):
            for argument in arguments:
                call(argument)
        least = min(least, time.process_time() - began)
    return least / rounds / len(arguments) * 1e6


async def filled() -> Database:
    """A database with the table and items of the load; all operations are loaded, since one that
    is not is answered later."""
    for name in OPERATIONS:
        OPERATIONS[name]
    database = Database(AtOnce(), SystemClock(), RandomIds())
    table = {
        "TableName": workload.TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    }
    await OPERATIONS["CreateTable"](database, table)
    for row in workload.rows():
        await database.table(workload.TABLE)
        await OPERATIONS["PutItem"](database, {"TableName": workload.TABLE, "Item": row})
    return database


def measure(database: Database, load: workload.Load, times: int) -> dict[str, float]:
    """The stages of one load."""
    # In two turns, as under wrk: a put that finds what it puts is less than a put.
    raw = [
        workload.raw_request(8000, load, number * 7 % workload.ITEMS, turn + 1)
        for turn in range(workload.TURNS)
        for number in range(DISTINCT // workload.TURNS)
    ]
    recorder = Recorder()
    front = connection(recorder)
    for each in raw:
        front.data_received(each)
    requests = recorder.requests
    verifier = Verifier({workload.ACCESS_KEY: workload.SECRET_KEY}.get, SystemClock())
    routes = Routes(lambda _request: None, lambda _name: None)
    route = routes.find(requests[0])
    contents = [request.content for request in requests]

    def operate(content: bytes) -> None:
        try:
            route.operation(database, orjson.loads(content)).send(None)
        except StopIteration:
            return
        raise SystemExit(f"{route.name} waits")

    def check(content: bytes) -> None:
        route.check(orjson.loads(content))

    service = Service(database, verifier)
    whole = connection(service)
    whole.data_received(raw[0])
    if b"HTTP/1.1 200" not in whole._transport.written:
        raise SystemExit(whole._transport.written.decode())
    parse = microseconds(orjson.loads, contents, times)
    return {
        "http": microseconds(connection(Constant()).data_received, raw, times),
        "signature": microseconds(verifier.verify, requests, times),
        "JSON": parse,
        "shape": microseconds(check, contents, times) - parse,
        "operation": microseconds(operate, contents, times) - parse,
        "whole": microseconds(whole.data_received, raw, times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="What each stage of a request costs by itself.")
    parser.add_argument("--loads", default="get,put,update,query")
    parser.add_argument("--times", type=int, default=20_000)
    chosen = parser.parse_args()
    wanted = chosen.loads.split(",")
    # However busy the machine: nothing else waits here for which a page could give way.
    turns.FIRST_SLICE_SECONDS = math.inf  # type: ignore[misc]
    with asyncio.Runner() as runner:
        database = runner.run(filled())
        gc.collect()
        gc.freeze()  # as the server does once it is up
        for load in workload.LOADS:
            if load.name in wanted:
                stages = runner.run(_measured(database, load, chosen.times))
                texts = (f"{name} {cost:.1f}" for name, cost in stages.items())
                sys.stdout.write(f"{load.title:<24} {', '.join(texts)}\n")


async def _measured(database: Database, load: workload.Load, times: int) -> dict[str, float]:
    stages = measure(database, load, times)
    for name, statement in access.STATEMENTS.items():
        asked = await _permitted(database, load, name, statement)
        if asked is not None:
            stages[name] = microseconds(asked[0], asked[1], times)
    return stages


async def _permitted(
    database: Database, load: workload.Load, name: str, statement: dict[str, Any]
) -> tuple[Callable[[Any], Any], list[Any]] | None:
    """Asks a user's policy, and the payloads to ask about; None where it does not allow them."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    key = f"AKIA{len(name)}"

    def decide(_now: Identities, draft: Draft) -> None:
        draft.put(User(name, key, "/", 0.0, inline={"bench": text}))
        draft.put(AccessKey(key, name, ACTIVE, 0.0, ""))

    await database.identities.change(decide)
    await database.table(workload.TABLE)
    recorder = Recorder()
    front = connection(recorder)
    for number in range(DISTINCT):
        front.data_received(workload.raw_request(8000, load, number * 7 % workload.ITEMS))
    request = recorder.requests[0]
    routes = Routes(lambda _request: None, lambda _name: None)
    operation = routes.find(request).name
    payloads = [orjson.loads(each.content) for each in recorder.requests]
    identity = Identity(key, database.arns.account, workload.REGION, "dynamodb")
    authorizer = TableAuthorizer(database, None)
    try:
        await authorizer.authorize(request, identity, operation, payloads[0])
    except AccessDeniedException:
        return None

    def permits(payload: Any) -> None:
        if not authorizer.permits(request, identity, operation, payload):
            raise SystemExit(f"{name} refuses {operation}")

    return permits, payloads


if __name__ == "__main__":
    main()
