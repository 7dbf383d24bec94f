"""Who may use a cluster, what the cluster itself may do, and what connections may send."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from amazondax import AmazonDaxClient
from botocore.exceptions import ClientError

from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.cbor import Reader
from tests.api.accounts import Account, allow, document
from tests.api.dax_clusters import cluster_in, create
from tests.api.making import make
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, REGION, SECRET_KEY, RunningServer
from tests.unit.dax.requesting import HELLO, authentication, request
from tests.waiting import wait_until

TRUSTS_DAX = document(
    {"Effect": "Allow", "Principal": {"Service": "dax.amazonaws.com"}, "Action": "sts:AssumeRole"}
)
KEY = {"pk": {"S": "k"}}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    scratch = tmp_path_factory.mktemp("closed")
    server = RunningServer(
        scratch, "--memory", "--dax", "--dax-port", "0", "--access-key", ACCESS_KEY,
        "--secret-key", SECRET_KEY, "--audit-log", scratch / "audit", "--audit-data-events",
    )  # fmt: skip
    yield Account(server)
    server.end_well()


@pytest.fixture(scope="module")
def table(closed: Account) -> str:
    return make(closed.admin, "pk")


def endpoint(account: Account, cluster: str = "jedlik") -> Any:
    found = account.server.client("dax").describe_clusters(ClusterNames=[cluster])
    return found["Clusters"][0]["ClusterDiscoveryEndpoint"]


def client_of(account: Account, keys: dict[str, str], cluster: str = "jedlik") -> Any:
    session = boto3.Session(region_name=REGION, **keys)._session
    url = endpoint(account, cluster)["URL"]
    return account.server.keep(AmazonDaxClient(session, region_name=REGION, endpoint_url=url))


def code_of(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value.response["Error"]["Code"])


def arn(cluster: str) -> str:
    return f"arn:aws:dax:{REGION}:000000000000:cache/{cluster}"


def refused_soon(client: Any, table: str, code: str) -> None:
    """Cached items are returned for a second at most."""

    def found() -> str:
        try:
            client.get_item(TableName=table, Key=KEY)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    assert wait_until(found) == code


def test_a_user_may_what_their_policies_allow(closed: Account, table: str) -> None:
    keys = closed.user("reader", allow("dax:GetItem", on=arn("jedlik")))
    client = client_of(closed, keys)
    assert client.get_item(TableName=table, Key=KEY) == {}
    assert client.get_item(TableName=table, Key=KEY) == {}
    assert code_of(client.put_item, TableName=table, Item=KEY) == "AccessDeniedException"
    assert code_of(client.scan, TableName=table) == "AccessDeniedException"
    # Nor have lists of attributes stored, for which there is no other end than the disk's.
    more = {**KEY, "unheard of": {"S": "v"}}
    assert code_of(client.put_item, TableName=table, Item=more) == "AccessDeniedException"
    closed.allow("reader", allow("dax:PutItem", on=arn("jedlik")))
    client.put_item(TableName=table, Item=KEY)

    refused_soon(client, table, "AccessDeniedException")
    client.close()


def test_a_key_that_is_deactivated_is_none_on_open_connections_either(
    closed: Account, table: str
) -> None:
    keys = closed.user("leaver", allow("dax:GetItem", on=arn("jedlik")))
    client = client_of(closed, keys)
    assert client.get_item(TableName=table, Key=KEY) is not None
    found = {"UserName": "leaver", "AccessKeyId": keys["aws_access_key_id"]}
    closed.iam.update_access_key(**found, Status="Inactive")
    refused_soon(client, table, "UnrecognizedClientException")
    closed.iam.update_access_key(**found, Status="Active")
    assert client.get_item(TableName=table, Key=KEY) is not None
    client.close()


def test_parts_of_transactions_are_asked_for_by_what_they_do(closed: Account, table: str) -> None:
    within = {"StringEquals": {"dax:EnclosingOperation": "TransactWriteItems"}}
    keys = closed.user("transactor", allow("dax:PutItem", on=arn("jedlik"), Condition=within))
    client = client_of(closed, keys)
    put = {"Put": {"TableName": table, "Item": {"pk": {"S": "t"}}}}
    client.transact_write_items(TransactItems=[put])
    assert code_of(client.put_item, TableName=table, Item=KEY) == "AccessDeniedException"
    delete = {"Delete": {"TableName": table, "Key": KEY}}
    assert code_of(client.transact_write_items, TransactItems=[delete]) == "AccessDeniedException"
    client.close()


def test_a_cluster_may_what_its_role_may(closed: Account, table: str) -> None:
    role = closed.role(
        "reads", allow("dynamodb:DescribeTable", "dynamodb:GetItem"), trust=TRUSTS_DAX
    )
    control = closed.server.client("dax")
    create(control, "limited", IamRoleArn=role)
    cluster_in(control, "limited")
    admin = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    client = client_of(closed, admin, "limited")
    client.get_item(TableName=table, Key=KEY)
    assert code_of(client.put_item, TableName=table, Item=KEY) == "AccessDeniedException"
    other = closed.role("for-lambda", allow("dynamodb:*"))
    create(control, "untrusted", IamRoleArn=other)
    cluster_in(control, "untrusted")
    stranger = client_of(closed, admin, "untrusted")
    assert code_of(stranger.get_item, TableName=table, Key=KEY) == "AccessDeniedException"
    for each in (client, stranger):
        each.close()


def test_managing_takes_permissions_and_the_role_to_be_passed(closed: Account) -> None:
    keys = closed.user("manager", allow("dax:*"))
    control = closed.client(keys, "dax")
    assert len(control.describe_clusters()["Clusters"]) >= 1
    assert code_of(
        control.create_cluster, ClusterName="mine", NodeType="dax.r5.large", ReplicationFactor=1,
        IamRoleArn="arn:aws:iam::000000000000:role/any",
    ) == "AccessDeniedException"  # fmt: skip
    nobody = closed.client(closed.user("nobody"), "dax")
    with pytest.raises(ClientError, match="perform: dax:DescribeClusters because no identity"):
        nobody.describe_clusters()


def test_describing_is_asked_of_each_cluster_that_is_named(closed: Account) -> None:
    cluster = "arn:aws:dax:us-east-1:000000000000:cache/jedlik"
    only = closed.client(
        closed.user("describes-one", allow("dax:DescribeClusters", on=cluster)), "dax"
    )
    (found,) = only.describe_clusters(ClusterNames=["Jedlik"])["Clusters"]
    assert found["ClusterArn"] == cluster
    assert code_of(only.describe_clusters) == "AccessDeniedException"
    both = ["jedlik", "other"]
    assert code_of(only.describe_clusters, ClusterNames=both) == "AccessDeniedException"
    denied = {"Effect": "Deny", "Action": "dax:*", "Resource": cluster}
    user = closed.user("describes-others", allow("dax:*"), denied)
    other = closed.client(user, "dax")
    assert code_of(other.describe_clusters, ClusterNames=["jedlik"]) == "AccessDeniedException"


def test_calls_are_in_the_audit_log(closed: Account, table: str) -> None:
    admin = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    client = client_of(closed, admin)
    client.put_item(TableName=table, Item={"pk": {"S": "audited"}})
    client.close()
    folder = Path(closed.server._log).parent / "audit"
    records = [
        json.loads(line) for file in folder.iterdir() for line in file.read_text().splitlines()
    ]
    events = {(record["eventSource"], record["eventName"]) for record in records}
    assert ("dax.amazonaws.com", "DescribeClusters") in events
    assert ("dynamodb.amazonaws.com", "PutItem") in events


# --- Bytes --------------------------------------------------------------------------------------


class Raw:
    """A connection for raw bytes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> bytes:
        return self.socket.recv(1 << 20)

    def is_closed(self) -> bool:
        try:
            while self.socket.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
        return True


def codes_in(reply: bytes) -> list[int]:
    found: list[int] = Reader(reply).value()
    return found


Dial = Callable[[int], Raw]


@pytest.fixture
def dial() -> Iterator[Dial]:
    made: list[Raw] = []

    def connect(port: int) -> Raw:
        made.append(Raw(port))
        return made[-1]

    yield connect
    for each in made:
        each.socket.close()


@pytest.fixture
def raw(closed: Account, dial: Dial) -> Raw:
    return dial(endpoint(closed)["Port"])


GET = request(methods.GET_ITEM, cbor.byte_string(b"none"), cbor.byte_string(b"k"), cbor.NULL)


def test_who_is_not_known_is_told_nothing(raw: Raw) -> None:
    raw.send(HELLO + GET)
    assert codes_in(raw.reply()) == [4, 23, 31, 33]
    assert raw.is_closed()


@pytest.mark.parametrize(
    "proof",
    [
        authentication(time.time(), ACCESS_KEY, "wrong"),
        authentication(time.time() - 86_400, ACCESS_KEY, SECRET_KEY),
        authentication(time.time(), "AKIANOBODY", SECRET_KEY),
        request(
            methods.AUTHORIZE, cbor.text(ACCESS_KEY), cbor.text("0" * 64),
            cbor.byte_string(b"nonsense"), cbor.NULL, cbor.NULL,
        ),
    ],
)  # fmt: skip
def test_a_signature_that_does_not_hold(raw: Raw, proof: bytes) -> None:
    raw.send(HELLO + proof + GET)
    assert codes_in(raw.reply()) == [4, 23, 31, 33]
    assert raw.is_closed()


def test_a_good_signature_and_then_unknown_methods(raw: Raw) -> None:
    raw.send(HELLO + authentication(time.time(), ACCESS_KEY, SECRET_KEY) + GET)
    assert codes_in(raw.reply()) == [3, 37, 38, 39, 41]
    raw.send(request(methods.ENDPOINTS))
    assert raw.reply().startswith(b"\x80\x81\xa7\x00\x01\x01")
    raw.send(b"\x01\x18\x2a")
    assert codes_in(raw.reply()) == [3, 37, 38, 44]
    assert raw.is_closed()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 20, HELLO + b"\x01\x61x",
        HELLO + methods.GET_ITEM.head + b"\x5b" + b"\x7f" * 8,
        HELLO + methods.GET_ITEM.head + b"\x81" * 1000,
    ],
)  # fmt: skip
def test_what_is_none_of_the_protocol_ends_the_connection(raw: Raw, data: bytes) -> None:
    raw.send(data)
    assert codes_in(raw.reply())[0] in (3, 4)
    assert raw.is_closed()


@pytest.mark.slow
def test_half_a_greeting_is_given_up(start_server: StartServer, dial: Dial) -> None:
    """The sweep closes it after ten seconds; other clients are served meanwhile."""
    server = start_server("--memory", "--dax", "--dax-port", "0")
    (cluster,) = server.client("dax").describe_clusters()["Clusters"]
    port = cluster["ClusterDiscoveryEndpoint"]["Port"]
    slow = dial(port)
    slow.send(HELLO[:5])
    other = dial(port)
    other.send(HELLO + authentication(time.time()) + request(methods.ENDPOINTS))
    assert other.reply().startswith(b"\x80")
    assert slow.is_closed()


def test_a_client_that_never_reads_holds_up_nobody(closed: Account, table: str, dial: Dial) -> None:
    closed.admin.put_item(TableName=table, Item={"pk": {"S": "large"}, "v": {"S": "x" * 300_000}})
    port = endpoint(closed)["Port"]
    hello = HELLO + authentication(time.time(), ACCESS_KEY, SECRET_KEY)
    large = request(
        methods.GET_ITEM, cbor.byte_string(table.encode()), cbor.byte_string(b"large"), cbor.NULL
    )
    deaf = dial(port)
    deaf.socket.settimeout(2)
    with contextlib.suppress(OSError):  # the server stops reading
        deaf.send(hello + large * 2000)
    other = dial(port)
    other.send(hello + GET)
    assert codes_in(other.reply()) == [3, 37, 38, 39, 41]


@pytest.mark.parametrize("role", ["held", "not-made-yet"])
def test_a_role_is_the_same_whatever_account_its_arn_names(closed: Account, role: str) -> None:
    arn = f"arn:aws:iam::000000000000:role/{role}"
    if role == "held":
        closed.role(role, allow("dynamodb:*"), trust=TRUSTS_DAX)
    never = {**allow("iam:PassRole", on=arn), "Effect": "Deny"}
    keys = closed.user(f"passes-{role}", allow("dax:*", "iam:PassRole"), never)
    control = closed.client(keys, "dax")
    for given in (arn, arn.replace("000000000000", "123456789012"), arn.replace("aws", "aws-cn")):
        with pytest.raises(ClientError, match=f"iam:PassRole on resource: {arn} with an explicit"):
            create(control, "held", IamRoleArn=given)


def test_a_role_may_be_kept_for_other_services(closed: Account) -> None:
    for_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    passing = allow("iam:PassRole", Condition=for_lambda)
    control = closed.client(closed.user("lambda-only", allow("dax:*"), passing), "dax")
    with pytest.raises(ClientError, match="no identity-based policy allows the iam:PassRole"):
        create(control, "held")
