"""Accounts that are not in use are closed, and opened again for requests and due work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jedlik.app.realms import realms
from jedlik.kernel.realms import Realm
from jedlik.testing.server import LocalServer
from tests.api.accounts import credentials
from tests.api.global_tables import EU, US
from tests.functions import TRUSTS_LAMBDA
from tests.waiting import wait_until

TEAMS = ("111122223333", "444455556666", "777788889999")
HOME = {("000000000000", US), ("000000000000", EU)}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A server that closes idle accounts after a moment."""
    monkeypatch.setattr(realms, "IDLE_SECONDS", 0.05)
    with LocalServer(US, (US, EU), accounts_by_key=True) as server:
        yield server


def team(server: LocalServer, account: str, region: str = US) -> Any:
    return server.client("dynamodb", region_name=region, aws_access_key_id=account)


def open_accounts(server: LocalServer) -> set[tuple[str, str]]:
    """The open realms."""
    running = server._server
    assert running is not None
    names = [realm.database.arns for realm in running._running()]
    return {(each.account, each.region) for each in names}


def create(client: Any) -> None:
    client.create_table(
        TableName="cart",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_an_idle_account_is_closed_and_opens_with_what_it_had(server: LocalServer) -> None:
    clients = [team(server, TEAMS[0], region) for region in (US, EU)]
    for client in clients:
        create(client)
        client.put_item(TableName="cart", Item={"pk": {"S": client.meta.region_name}})
    for _ in range(2):
        wait_until(lambda: open_accounts(server) == HOME)
        for client in clients:
            (item,) = client.scan(TableName="cart")["Items"]
            assert item == {"pk": {"S": client.meta.region_name}}


def test_an_account_opens_by_itself_for_what_is_due(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = team(server, TEAMS[0], EU)
    create(client)
    setting = {"Enabled": True, "AttributeName": "until"}
    client.update_time_to_live(TableName="cart", TimeToLiveSpecification=setting)
    later = int(time.time()) + 3600
    client.put_item(TableName="cart", Item={"pk": {"S": "a"}, "until": {"N": str(later)}})
    client.put_item(TableName="cart", Item={"pk": {"S": "b"}})
    wait_until(lambda: open_accounts(server) == HOME)
    opened: list[Realm] = []
    opening = realms.Realms.opened

    async def noted(self: realms.Realms, name: Realm) -> Any:
        opened.append(name)
        return await opening(self, name)

    monkeypatch.setattr(realms.Realms, "opened", noted)
    server.clock.advance(3601.0)
    wait_until(lambda: Realm(TEAMS[0], EU) in opened)
    wait_until(lambda: client.scan(TableName="cart")["Items"] == [{"pk": {"S": "b"}}])


def test_the_account_that_was_idle_for_longest_makes_room(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realms, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(realms, "MAX_OPEN_ACCOUNTS", 2)
    clients = [team(server, account) for account in TEAMS]
    for client in clients:
        create(client)
    assert open_accounts(server) == HOME | {(account, US) for account in TEAMS[1:]}
    assert clients[1].list_tables()["TableNames"] == ["cart"]
    assert clients[0].list_tables()["TableNames"] == ["cart"]
    assert open_accounts(server) == HOME | {(account, US) for account in TEAMS[:2]}


def test_accounts_that_are_asked_for_at_once_keep_to_the_limit(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realms, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(realms, "MAX_OPEN_ACCOUNTS", 3)
    clients = [team(server, f"{number:012d}") for number in range(1, 13)]
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(lambda client: client.list_tables()["TableNames"], clients))
    assert answers == [[]] * len(clients)
    assert len(open_accounts(server) - HOME) == 3


def test_an_account_keeps_its_home_region_open(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening another region must not close the home region, which that one needs."""
    monkeypatch.setattr(realms, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(realms, "MAX_OPEN_ACCOUNTS", 2)
    create(team(server, TEAMS[0]))
    create(team(server, TEAMS[1], EU))
    assert {(TEAMS[1], US), (TEAMS[1], EU)} <= open_accounts(server)


def test_sessions_of_an_account_act_in_it(server: LocalServer) -> None:
    create(team(server, TEAMS[0]))
    sts = server.client("sts", aws_access_key_id=TEAMS[0])
    role = "arn:aws:iam::111122223333:role/reader"
    server.client("iam", aws_access_key_id=TEAMS[0]).create_role(
        RoleName="reader", AssumeRolePolicyDocument=TRUSTS_LAMBDA
    )
    for answer in (
        sts.get_session_token(),
        sts.get_federation_token(Name="bob"),
        sts.assume_role(RoleArn=role, RoleSessionName="me"),
    ):
        session = credentials(answer["Credentials"])
        client = server.client("dynamodb", **session)
        assert client.list_tables()["TableNames"] == ["cart"]
        assert server.client("sts", **session).get_caller_identity()["Account"] == TEAMS[0]
    own = server.client("sts").get_session_token()["Credentials"]
    assert server.client("dynamodb", **credentials(own)).list_tables()["TableNames"] == []
