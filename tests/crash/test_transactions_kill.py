"""Bank transfers over the wire, one process or several workers, `kill -9` again and again: no money
is made or lost.

Transfers have tokens. One without an answer is sent again with its token after the restart: it is
done once, whether or not it had been done before the kill.
"""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.servers import RunningServer, post
from tests.waiting import wait_until

KILLS = int(os.environ.get("JEDLIK_TEST_KILLS", "50")) // 5 or 1
ACCOUNTS = 6
BALANCE = 1000
CLIENTS = 4


def account(number: int) -> dict[str, Any]:
    return {"TableName": "bank", "Key": {"pk": {"S": f"account {number}"}}}


def transfer(draw: random.Random, token: str) -> dict[str, Any]:
    """A transfer that also records itself, in an item of its own."""
    source, target = draw.sample(range(ACCOUNTS), 2)
    amount = {":n": {"N": str(draw.randint(1, 5))}}
    take = {
        **account(source),
        "UpdateExpression": "SET n = n - :n",
        "ConditionExpression": "n >= :n",
        "ExpressionAttributeValues": amount,
    }
    give = {**account(target), "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": amount}
    note = {"TableName": "bank", "Item": {"pk": {"S": token}, "times": {"N": "1"}}}
    note["ConditionExpression"] = "attribute_not_exists(pk)"
    return {
        "TransactItems": [{"Update": take}, {"Update": give}, {"Put": note}],
        "ClientRequestToken": token,
    }


class Teller(threading.Thread):
    """A client that makes transfers until its server is killed."""

    def __init__(self, server: RunningServer, draw: random.Random, name: str) -> None:
        super().__init__()
        self._server = server
        self._draw = draw
        self._name = name
        self.done: set[str] = set()
        self.unanswered: dict[str, Any] | None = None
        self.wrong: Any = None

    def run(self) -> None:
        connection = self._server.connection(timeout=10)
        number = 0
        try:
            while self.wrong is None:
                number += 1
                token = f"{self._name}-{number}"
                self.unanswered = transfer(self._draw, token)
                status, answer = post(connection, "TransactWriteItems", self.unanswered)
                if status == 200:
                    self.done.add(token)
                elif not answer["__type"].endswith("TransactionCanceledException"):
                    self.wrong = answer
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()


def balances(server: RunningServer) -> list[int]:
    """All accounts, read at one moment."""
    request = {"TransactItems": [{"Get": account(number)} for number in range(ACCOUNTS)]}
    status, answer = server.call("TransactGetItems", request)
    assert status == 200, answer
    return [int(response["Item"]["n"]["N"]) for response in answer["Responses"]]


def set_up(server: RunningServer) -> None:
    client = server.client()
    client.create_table(
        TableName="bank",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(ACCOUNTS):
        key = account(number)["Key"]
        client.put_item(TableName="bank", Item={**key, "n": {"N": str(BALANCE)}})
    client.close()


def kill_in_the_middle(server: RunningServer, draw: random.Random, name: str) -> list[Teller]:
    """Let tellers work on the server, and kill it meanwhile."""
    tellers = [
        Teller(server, random.Random(draw.random()), f"{name}-{number}")
        for number in range(CLIENTS)
    ]
    for teller in tellers:
        teller.start()
    wait_until(lambda: all(teller.done or teller.wrong for teller in tellers), "a transfer of each")
    time.sleep(draw.uniform(0.0, 0.4))  # the load that the kill is to hit
    server.kill()
    for teller in tellers:
        teller.join()
        assert teller.wrong is None
    return tellers


@pytest.mark.crash
def test_transfers_survive_kills(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)

    def started() -> RunningServer:
        return RunningServer(tmp_path, "--data", tmp_path / "data", "--workers", draw.choice("12"))

    done: set[str] = set()
    server = started()
    try:
        set_up(server)
        for kill in range(KILLS):
            tellers = kill_in_the_middle(server, draw, f"{kill}")
            server = started()
            assert sum(balances(server)) == ACCOUNTS * BALANCE
            for teller in tellers:
                done |= teller.done
                if teller.unanswered is not None:
                    status, answer = server.call("TransactWriteItems", teller.unanswered)
                    token = teller.unanswered["ClientRequestToken"]
                    if status == 200:
                        done.add(token)
                    else:
                        assert answer["__type"].endswith("TransactionCanceledException"), answer
                        reasons = answer["CancellationReasons"]
                        assert reasons[2]["Code"] == "None", "it had taken place, token and all"
            assert sum(balances(server)) == ACCOUNTS * BALANCE
            assert min(balances(server)) >= 0
        assert done == notes(server)
        assert server.stop() == 0
    finally:
        server.kill()


def notes(server: RunningServer) -> set[str]:
    """The tokens of all transfers that were done."""
    found: set[str] = set()
    start: dict[str, Any] = {}
    while True:
        status, page = server.call("Scan", {"TableName": "bank", **start})
        assert status == 200, page
        found |= {item["pk"]["S"] for item in page["Items"] if "times" in item}
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
