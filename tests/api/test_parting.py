"""Replicas that leave their global table and remain tables: on request, or because they are
lost."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.global_tables import AP, EU, US, World, refused
from tests.servers import RunningServer
from tests.waiting import wait_until

MODE = {"DisassociationMode": "WAIT_FOR_REPLICATION"}
PROTECTION = "DisassociationProtectionEnabled"
PROTECTED = (
    "The replica of {} in this Region is protected against disassociation. Set "
    "DisassociationProtectionEnabled to false first."
)


class Parting(World):
    """A world whose server has an admin port."""

    def __init__(self, server: RunningServer, clients: dict[str, Any], admin: str) -> None:
        super().__init__(server, clients)
        self.admin = admin


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parting")


@pytest.fixture(scope="module")
def server(scratch: Path) -> Iterator[RunningServer]:
    server = RunningServer(
        scratch,
        *("--memory", "--regions", f"{US},{EU},{AP}"),
        *("--admin-port", "0", "--admin-port-file", scratch / "admin"),
    )
    yield server
    assert server.stop() == 0, server.log()


@pytest.fixture(scope="module")
def clients(server: RunningServer) -> dict[str, Any]:
    return {region: server.client_in(region) for region in (US, EU, AP)}


@pytest.fixture
def world(server: RunningServer, clients: dict[str, Any], scratch: Path) -> Parting:
    return Parting(server, clients, f"http://127.0.0.1:{(scratch / 'admin').read_text().strip()}")


def part(world: Parting, client: Any, region: str) -> None:
    world.update(client, **{PROTECTION: False})
    world.change(client, "Disassociate", region, **MODE)


def is_alone(world: Parting, client: Any) -> bool:
    table = world.describe(client)
    return table["TableStatus"] == "ACTIVE" and "Replicas" not in table


def test_one_of_three_parts_and_misses_nothing(world: Parting) -> None:
    world.create()
    world.add(world.us, EU, AP)
    for client, key in ((world.us, "us"), (world.eu, "eu"), (world.ap, "ap")):
        world.put(client, *(f"{key}-{number}" for number in range(30)))
    part(world, world.eu, EU)
    wait_until(lambda: is_alone(world, world.eu))
    everything = {f"{key}-{number}" for key in ("us", "eu", "ap") for number in range(30)}
    assert world.keys(world.eu) == everything
    wait_until(lambda: world.replicas(world.us) == {AP: "ACTIVE"})
    wait_until(lambda: world.replicas(world.ap) == {US: "ACTIVE"})
    wait_until(lambda: world.keys(world.us) == world.keys(world.ap) == everything)
    table = world.describe(world.eu)
    members = ("GlobalTableVersion", "GlobalTableSettingsReplicationMode", PROTECTION)
    assert not set(members) & set(table)
    assert table["StreamSpecification"]["StreamEnabled"]
    # From here on nothing goes either way, and the others go on.
    world.put(world.eu, "alone")
    world.put(world.us, "together")
    wait_until(lambda: "together" in world.keys(world.ap))
    assert "alone" not in world.keys(world.us) | world.keys(world.ap)
    assert "together" not in world.keys(world.eu)
    # A table of that name cannot become a replica; as any other it gets replicas of its own.
    refused(
        lambda: world.change(world.us, "Create", EU),
        f"Failed to create a the new replica of table with name: \u2018{world.name}\u2019 because "
        "one or more replicas already existed as tables.",
    )


def test_of_two_both_are_tables_by_themselves(world: Parting) -> None:
    world.create()
    world.add(world.us, EU)
    world.put(world.us, "a")
    part(world, world.us, US)
    wait_until(lambda: is_alone(world, world.us) and is_alone(world, world.eu))
    assert world.keys(world.us) == world.keys(world.eu) == {"a"}
    world.us.delete_table(TableName=world.name)
    assert world.keys(world.eu) == {"a"}


def test_what_is_paused_is_waited_for(world: Parting) -> None:
    world.create()
    world.add(world.us, EU)
    admin(world, "pause", **{"from": US, "to": EU})
    world.put(world.us, "late")
    part(world, world.eu, EU)
    assert world.describe(world.eu)["TableStatus"] == "UPDATING"
    world.put(world.eu, "meanwhile")
    assert world.replicas(world.eu) == {US: "ACTIVE"}
    in_use = "The resource which you are attempting to change is in use."
    code = "ResourceInUseException"
    refused(lambda: world.update(world.eu, BillingMode="PAY_PER_REQUEST"), in_use, code)
    refused(lambda: world.change(world.eu, "Disassociate", EU, **MODE), in_use, code)
    admin(world, "resume", **{"from": US, "to": EU})
    wait_until(lambda: is_alone(world, world.eu) and is_alone(world, world.us))
    assert world.keys(world.eu) == {"late", "meanwhile"}


def test_replicas_are_protected_until_they_are_not(world: Parting) -> None:
    world.create()
    no_replica = (
        f"{world.name} is no replica of a global table with MultiRegionConsistency set to EVENTUAL."
    )
    assert PROTECTION not in world.describe(world.us)
    refused(lambda: world.update(world.us, **{PROTECTION: False}), no_replica)
    refused(lambda: world.change(world.us, "Disassociate", US, **MODE), no_replica)
    world.add(world.us, EU)
    assert world.describe(world.us)[PROTECTION] is world.describe(world.eu)[PROTECTION] is True
    refused(
        lambda: world.change(world.us, "Disassociate", US, **MODE), PROTECTED.format(world.name)
    )
    refused(
        lambda: world.update(world.us, **{PROTECTION: False}, DeletionProtectionEnabled=True),
        "One or more parameter values were invalid: DeletionProtection modification must be the "
        "only operation in the request",
    )
    answer = world.update(world.us, **{PROTECTION: False})
    assert answer[PROTECTION] is False
    assert world.describe(world.eu)[PROTECTION] is True, "each region has its own"
    refused(
        lambda: world.change(world.us, "Disassociate", EU, **MODE),
        f"A replica is disassociated in its own Region: RegionName has to be {US}, where the "
        "request was sent.",
    )
    both = [{"Disassociate": {"RegionName": US, **MODE}}, {"Delete": {"RegionName": EU}}]
    refused(
        lambda: world.update(world.us, ReplicaUpdates=both),
        "Update table operation with more than one type of replica actions not allowed",
    )
    assert world.replicas(world.us) == {EU: "ACTIVE"}


# --- Lost for good --------------------------------------------------------------------------------


def admin(world: Parting, call: str, **body: Any) -> Any:
    request = urllib.request.Request(f"{world.admin}/replication/{call}", json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_region_is_expelled_and_hears_of_it(world: Parting) -> None:
    world.create()
    world.add(world.us, EU, AP)
    # What Ireland wrote last comes to Virginia only.
    admin(world, "pause", **{"from": EU, "to": AP})
    world.put(world.eu, "last")
    wait_until(lambda: "last" in world.keys(world.us))
    admin(world, "pause", **{"from": EU, "to": US})
    world.put(world.eu, "never sent")
    assert admin(world, "expel", table=world.name, region=EU, **{"from": US}) == {
        "table": world.name, "region": EU, "from": [US],
    }  # fmt: skip
    wait_until(lambda: world.replicas(world.us) == {AP: "ACTIVE"})
    wait_until(lambda: world.replicas(world.ap) == {US: "ACTIVE"})
    wait_until(lambda: world.keys(world.ap) == {"last"})
    admin(world, "resume")
    wait_until(lambda: is_alone(world, world.eu))
    assert world.keys(world.eu) == {"last", "never sent"}
    world.put(world.us, "on")
    wait_until(lambda: "on" in world.keys(world.ap))
    assert "on" not in world.keys(world.eu)
    # It may come back, as a replica like any other.
    world.eu.delete_table(TableName=world.name)
    world.add(world.us, EU)
    assert world.keys(world.eu) == {"last", "on"}
    world.put(world.eu, "back")
    wait_until(lambda: "back" in world.keys(world.us))


def test_who_is_being_removed_and_cannot_be_reached_is_expelled(world: Parting) -> None:
    world.create()
    world.add(world.us, EU)
    admin(world, "pause", **{"from": EU})
    world.put(world.eu, "kept back")
    world.change(world.us, "Delete", EU)
    assert world.replicas(world.us) == {EU: "DELETING"}
    # Not before the region has been asked to leave, or it would keep its table.
    wait_until(lambda: world.describe(world.eu)["TableStatus"] == "DELETING")
    admin(world, "expel", table=world.name, region=EU)
    wait_until(lambda: is_alone(world, world.us))
    admin(world, "resume")

    def gone() -> bool:
        return world.name not in world.eu.list_tables()["TableNames"]

    wait_until(gone)
    assert world.keys(world.us) == set()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"region": EU}, "table is missing"),
        ({"table": "none"}, "region is missing"),
        ({"table": "none", "region": EU}, "No table none here has a replica in eu-west-1."),
        ({"table": "none", "region": EU, "how": "now"}, "how"),
    ],
)
def test_who_is_no_replica_is_not_expelled(world: Parting, body: Any, text: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        admin(world, "expel", **body)
    with caught.value as answer:
        assert text in answer.read().decode()
