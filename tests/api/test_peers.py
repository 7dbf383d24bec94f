"""Replicas on another server: over TLS, signed, refused to the wrong server, and current again
after a kill."""

from __future__ import annotations

import re
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.client import RemoteClient, RemoteError
from jedlik.services.dynamodb.replication.peers.link import SERVICE
from tests.certificates import make
from tests.cluster.wire import Wire
from tests.servers import RunningServer, free_port
from tests.waiting import wait_until

US, EU = "us-east-1", "eu-west-1"
KEYS = {US: ("AKIDUS", "secret of us"), EU: ("AKIDEU", "secret of eu")}


class Pair:
    """Two servers, each with one region and the other as a peer, with a wire between them."""

    def __init__(
        self, scratch: Path, variables: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """With `variables` of the environment for a region's server, that is a new process."""
        self.scratch = scratch
        self.variables = variables or {}
        self.ports = {US: free_port(), EU: free_port()}
        self.wires = {region: Wire(port, listens=True) for region, port in self.ports.items()}
        self.certificate, self.trust = make(scratch / "tls")
        self.servers: dict[str, RunningServer] = {}
        for region in KEYS:
            self.start(region)

    def start(self, region: str, *options: str, peer: str | None = None) -> RunningServer:
        """Start the server of a region."""
        (other,) = KEYS.keys() - {region}
        credentials = self.scratch / f"credentials-{region}"
        access_key, secret = KEYS[other]
        credentials.write_text(
            f"[{other}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n"
        )
        own, own_secret = KEYS[region]
        place = self.scratch / region
        place.mkdir(exist_ok=True)
        self.servers[region] = RunningServer(
            place,
            *("--data", place / "data", "--port", str(self.ports[region]), "--region", region),
            *("--access-key", own, "--secret-key", own_secret, "--tls-cert", self.certificate),
            *("--peer", peer or f"{other}=https://127.0.0.1:{self.wires[other].port}"),
            *("--peer-credentials", credentials, "--peer-ca", self.trust, *options),
            credentials=KEYS[region],
            trust=self.trust,
            variables=self.variables.get(region),
            fresh=region in self.variables,
        )
        return self.servers[region]

    def client(self, region: str) -> Any:
        """A client of a region's server."""
        return self.servers[region].client_in(region)

    def create(self, name: str, items: int = 0) -> tuple[Any, Any]:
        """A table with items in one region and an active replica in the other; both clients."""
        us, eu = self.client(US), self.client(EU)
        us.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(items):
            us.put_item(TableName=name, Item={"pk": {"S": str(number)}})
        update = [{"Create": {"RegionName": EU}}]
        us.update_table(TableName=name, ReplicaUpdates=update)
        wait_until(lambda: self.status(us, name) == "ACTIVE", "the replica does not become active")
        return us, eu

    @staticmethod
    def status(client: Any, name: str) -> str | None:
        replicas = client.describe_table(TableName=name)["Table"].get("Replicas") or [{}]
        status: str | None = replicas[0].get("ReplicaStatus")
        return status

    def close(self) -> None:
        for server in self.servers.values():
            server.kill()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    pair = Pair(tmp_path_factory.mktemp("pair"))
    yield pair
    pair.close()


def items(client: Any, name: str) -> dict[str, str]:
    found = client.scan(TableName=name, ConsistentRead=True)["Items"]
    return {item["pk"]["S"]: item.get("v", {}).get("S", "") for item in found}


def put(client: Any, name: str, key: str, value: str = "") -> None:
    client.put_item(TableName=name, Item={"pk": {"S": key}, "v": {"S": value}})


def test_changes_go_both_ways_over_tls_and_never_in_the_clear(pair: Pair) -> None:
    us, eu = pair.create("both-ways", items=3)
    assert set(items(eu, "both-ways")) == {"0", "1", "2"}
    put(us, "both-ways", "marker", "readable-text-of-an-item")
    wait_until(lambda: "marker" in items(eu, "both-ways"))
    eu.delete_item(TableName="both-ways", Key={"pk": {"S": "0"}})
    wait_until(lambda: "0" not in items(us, "both-ways"))
    heard = bytes(pair.wires[EU].heard)
    assert heard[:2] == b"\x16\x03"  # a TLS handshake
    assert b"readable-text" not in heard
    assert b"both-ways" not in heard


def test_a_region_that_was_killed_and_comes_back_catches_up(pair: Pair) -> None:
    us, eu = pair.create("killed")
    put(us, "killed", "a", "before")
    wait_until(lambda: "a" in items(eu, "killed"))
    pair.servers[EU].kill()
    for number in range(50):
        put(us, "killed", str(number), "meanwhile")
    us.delete_item(TableName="killed", Key={"pk": {"S": "a"}})
    log = wait_until(
        lambda: "cannot be reached" in pair.servers[US].log() and pair.servers[US].log()
    )
    assert "eu-west-1 cannot be reached" in log
    pair.start(EU)
    eu = pair.client(EU)
    wait_until(lambda: items(eu, "killed") == items(us, "killed"))
    put(eu, "killed", "a", "again")
    wait_until(lambda: items(us, "killed").get("a") == "again")
    assert "accepts changes" in pair.servers[US].log()


def test_the_later_writer_wins_once_a_cut_is_mended(pair: Pair) -> None:
    us, eu = pair.create("cut")
    for wire in pair.wires.values():
        wire.sever()
    put(us, "cut", "a", "first")
    put(us, "cut", "b", "first")
    put(eu, "cut", "a", "second")
    put(us, "cut", "b", "third")
    assert items(us, "cut")["a"] == "first"
    for wire in pair.wires.values():
        wire.mend()
    wait_until(lambda: items(us, "cut") == items(eu, "cut") == {"a": "second", "b": "third"})


def call(pair: Pair, target: str, access_key: str, secret: str, payload: Any) -> RemoteError:
    """The answer of one region's server to a call of the API for peers."""
    trusted = ssl.create_default_context(cafile=str(pair.trust))
    credentials = SigningCredentials(access_key, secret)
    client = RemoteClient(SERVICE, pair.servers[EU].url, EU, credentials, trusted)
    with pytest.raises(RemoteError) as refused:
        client.call(target, payload)
    client.close()
    return refused.value


def test_who_does_not_sign_rightly_is_refused(pair: Pair) -> None:
    for target in ("Introduce", "1.Greet", "2.Send", "2.Control"):
        assert call(pair, target, "stranger", "x", {}).name == "UnrecognizedClientException"
        assert call(pair, target, "AKIDEU", "x", {}).name == "InvalidSignatureException"


def test_who_may_not_bring_changes_is_refused(pair: Pair) -> None:
    iam = pair.servers[EU].client_in(EU, "iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    signed = (key["AccessKeyId"], key["SecretAccessKey"])
    for target in ("1.Greet", "1.Send", "1.Control", "2.Greet", "2.Send", "2.Control"):
        error = call(pair, target, *signed, {"table": "music"})
        assert error.name == "AccessDeniedException"


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ("1.Send", []),
        ("1.Send", {"table": "music"}),
        ("1.Greet", {"table": "music", "region": US, "log": 3}),
        ("1.Control", {"table": "music", "do": "join"}),
        ("1.Control", {"table": "music"}),
        ("1.Control", {"table": "../music"}),
        ("2.Send", {"table": "music"}),
        ("2.Control", {"table": "music", "do": "detach", "group": 3, "region": US}),
    ],
)
def test_what_is_no_message_is_refused(pair: Pair, target: str, payload: Any) -> None:
    assert call(pair, target, *KEYS[EU], payload).name == "ValidationException"


def test_a_peer_of_another_version_is_refused(pair: Pair) -> None:
    assert call(pair, "3.Send", *KEYS[EU], {}).name == "UnknownOperationException"


OLDER = """
import jedlik.services.dynamodb.replication.peers.protocol as protocol
protocol.VERSIONS = (1,)
"""
"""What makes a server one that speaks the first version of the protocol alone."""


def test_an_older_peer_is_spoken_to_in_its_version(tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    (older / "sitecustomize.py").write_text(OLDER)
    pair = Pair(tmp_path, {EU: {"PYTHONPATH": str(older)}})
    try:
        assert call(pair, "2.Send", *KEYS[EU], {}).name == "UnknownOperationException"
        us, eu = pair.create("older", items=3)
        put(us, "older", "there")
        put(eu, "older", "back")
        wait_until(lambda: items(us, "older").keys() == items(eu, "older").keys())
        assert {"there", "back"} < items(us, "older").keys()
        # What the older one does not know waits, and says so.
        us.update_table(TableName="older", DisassociationProtectionEnabled=False)
        mode = {"RegionName": US, "DisassociationMode": "WAIT_FOR_REPLICATION"}
        us.update_table(TableName="older", ReplicaUpdates=[{"Disassociate": mode}])
        wait_until(lambda: "bring it up to date" in pair.servers[US].log())
        put(us, "older", "on")
        wait_until(lambda: "on" in items(eu, "older"))
    finally:
        pair.close()


def test_who_is_not_what_it_should_be_is_named(pair: Pair, tmp_path: Path) -> None:
    """A peer of another region, an untrusted authority, a key that the peer does not know, and no
    peer at all: the server starts, and logs the problem."""
    eu = pair.servers[EU].url
    cases = {
        "is eu-west-1, and not ap-south-1 as --peer says": (
            *("--peer", f"ap-south-1={eu}", "--peer-ca", pair.trust),
            *("--access-key", "AKIDEU", "--secret-key", "secret of eu"),
        ),
        "certificate verify failed": ("--peer", f"{EU}={eu}"),
        "does not take this server for a peer: UnrecognizedClientException": (
            *("--peer", f"{EU}={eu}", "--peer-ca", pair.trust),
        ),
        "Connection refused": ("--peer", f"{EU}=https://127.0.0.1:{free_port()}"),
    }
    for text, options in cases.items():
        place = tmp_path / text[:9]
        place.mkdir()
        server = RunningServer(place, "--memory", "--region", US, *options)
        try:
            wait_until(lambda server=server, text=text: text in server.log(), text)
        finally:
            server.kill()


def test_strong_consistency_over_servers_is_refused(pair: Pair) -> None:
    us = pair.client(US)
    us.create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(ClientError, match="another server: all regions of such a table have to be"):
        us.update_table(
            TableName="ledger",
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": EU}}],
            GlobalTableWitnessUpdates=[{"Create": {"RegionName": "eu-west-2"}}],
        )


def test_clocks_that_differ_are_named(tmp_path: Path) -> None:
    places = [tmp_path / region for region in (EU, US)]
    for place in places:
        place.mkdir()
    port_file = tmp_path / "admin"
    ahead = RunningServer(
        places[0],
        *("--memory", "--region", EU, "--testing"),
        *("--admin-port", "0", "--admin-port-file", port_file),
    )
    near = None
    try:
        url = f"http://127.0.0.1:{port_file.read_text().strip()}/testing/clock"
        request = urllib.request.Request(url, b'{"advance": 30}', method="POST")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        near = RunningServer(places[1], "--memory", "--region", US, "--peer", f"{EU}={ahead.url}")
        log = wait_until(lambda: near and "the clock of" in near.log() and near.log())
        assert re.search(r"the clock of eu-west-1 is (29|30|31)\.. s ahead of this one", log)
    finally:
        for server in filter(None, (ahead, near)):
            server.kill()
