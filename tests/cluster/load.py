"""Clients of a cluster: each uses one node until it fails, and records what it saw."""

from __future__ import annotations

import contextlib
import http.client
import pickle
import random
import threading
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.cluster.history import UNKNOWN, Event
from tests.servers import ACCESS_KEY, REGION, SECRET_KEY, post

TABLE = "registers"
REGISTERS = 60
ACCOUNTS = 10
BALANCE = 1000
TIMEOUT = 12.0
MOVES = 0.05
"""How often a client takes another node, of 20 operations each; otherwise when one fails it."""


class Failed(Exception):
    """The operation did not succeed."""


class BotoCaller:
    """Calls one node with boto3, without retries."""

    def __init__(self, port: int) -> None:
        self._client = boto3.client(
            "dynamodb",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(
                retries={"total_max_attempts": 1}, read_timeout=TIMEOUT, connect_timeout=2
            ),
        )

    def call(self, operation: str, payload: dict[str, Any]) -> Any:
        """The answer; raises Failed."""
        try:
            return self._client._make_api_call(operation, payload)
        except (BotoCoreError, ClientError) as error:
            raise Failed(str(error)) from error

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


class PlainCaller:
    """Calls one node with as little effort as possible."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

    def call(self, operation: str, payload: dict[str, Any]) -> Any:
        """The answer; raises Failed."""
        try:
            status, answer = post(self._connection, operation, payload)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise Failed(repr(error)) from error
        if status != 200:
            raise Failed(str(answer))
        return answer

    def close(self) -> None:
        """Close its connection."""
        self._connection.close()


class Client(threading.Thread):
    """One client."""

    def __init__(
        self, name: str, ports: list[int], stop: Any, done: Any, *, with_boto: bool
    ) -> None:
        super().__init__(daemon=True)
        self.name = name
        self.events: list[Event] = []
        self.problems: list[str] = []
        self.failures: list[str] = []
        self._draw = random.Random(name)
        self._ports = ports
        self._at = self._draw.randrange(len(ports))
        self._kind = BotoCaller if with_boto else PlainCaller
        self._stop_asked = stop
        self._done = done
        self._number = 0

    def run(self) -> None:
        caller = self._kind(self._ports[self._at])
        while not self._stop_asked.is_set():
            try:
                for _ in range(20):
                    self._one(caller)
                with self._done.get_lock():
                    self._done.value += 20
                if self._draw.random() < MOVES:
                    self._at = self._draw.randrange(len(self._ports))
                    caller.close()
                    caller = self._kind(self._ports[self._at])
            except Failed as failure:
                self.failures.append(str(failure)[:200])
                caller.close()
                self._at = (self._at + 1) % len(self._ports)
                caller = self._kind(self._ports[self._at])
                time.sleep(0.05)
        caller.close()

    def _one(self, caller: Any) -> None:
        chance = self._draw.random()
        if chance < 0.45:
            self._write(caller)
        elif chance < 0.9:
            self._read(caller)
        elif chance < 0.97:
            self._transfer(caller)
        else:
            self._sum(caller)

    def _write(self, caller: Any) -> None:
        key = self._draw.randrange(REGISTERS)
        self._number += 1
        mark = f"{self.name}-{self._number}"
        begin = time.monotonic()
        number = UNKNOWN
        try:
            answer = caller.call(
                "UpdateItem",
                {
                    "TableName": TABLE,
                    "Key": {"pk": {"S": f"register{key}"}},
                    "UpdateExpression": "ADD n :one SET mark = :mark",
                    "ExpressionAttributeValues": {":one": {"N": "1"}, ":mark": {"S": mark}},
                    "ReturnValues": "UPDATED_NEW",
                },
            )
            number = int(answer["Attributes"]["n"]["N"])
        finally:
            self.events.append(Event(key, True, begin, time.monotonic(), number, mark))

    def _read(self, caller: Any) -> None:
        key = self._draw.randrange(REGISTERS)
        begin = time.monotonic()
        answer = caller.call(
            "GetItem",
            {
                "TableName": TABLE,
                "Key": {"pk": {"S": f"register{key}"}},
                "ConsistentRead": True,
            },
        )
        item = answer.get("Item", {"n": {"N": "0"}, "mark": {"S": ""}})
        event = Event(key, False, begin, time.monotonic(), int(item["n"]["N"]), item["mark"]["S"])
        self.events.append(event)

    def _transfer(self, caller: Any) -> None:
        giver, taker = self._draw.sample(range(ACCOUNTS), 2)
        self._number += 1

        def change(account: int, by: int) -> dict[str, Any]:
            return {
                "Update": {
                    "TableName": TABLE,
                    "Key": account_key(account),
                    "UpdateExpression": "ADD balance :by",
                    "ExpressionAttributeValues": {":by": {"N": str(by)}},
                }
            }

        with contextlib.suppress(Failed):  # another transaction may have come between
            caller.call(
                "TransactWriteItems", {"TransactItems": [change(giver, -7), change(taker, 7)]}
            )

    def _sum(self, caller: Any) -> None:
        try:
            balance = total(caller)
        except Failed as failure:
            if "Cancel" in str(failure):
                return
            raise
        if balance != ACCOUNTS * BALANCE:
            self.problems.append(f"a transaction was seen half done: {balance}")


def account_key(number: int) -> dict[str, Any]:
    """The key of an account."""
    return {"pk": {"S": f"account{number}"}}


def total(caller: Any) -> int:
    """The sum of all accounts, read in one transaction."""
    gets = [{"Get": {"TableName": TABLE, "Key": account_key(number)}} for number in range(ACCOUNTS)]
    answer = caller.call("TransactGetItems", {"TransactItems": gets})
    return sum(int(got["Item"]["balance"]["N"]) for got in answer["Responses"])


def run(name: str, ports: list[int], stop: Any, done: Any, result: Path) -> None:
    """A process of clients, which writes what they saw into the file `result`."""
    clients = [
        Client(f"{name}{number}", ports, stop, done, with_boto=number < 2) for number in range(8)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    events = [event for client in clients for event in client.events]
    found = [problem for client in clients for problem in client.problems]
    failures = [failure for client in clients for failure in client.failures]
    result.write_bytes(pickle.dumps((events, found, failures)))
