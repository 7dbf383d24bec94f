"""Who callers are, and the ARNs of roles in policies, whatever a caller writes."""

from __future__ import annotations

from time import process_time

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sessions import Session
from jedlik.base.errors import UnrecognizedClientException
from jedlik.services.iam.authorization.principals import (
    find_role,
    own_role_arn,
    principal_of,
    role_arn,
)
from jedlik.services.iam.model import Role
from jedlik.services.iam.store import Identities

ACCOUNT = "000000000000"
WORKER = Role("Worker", "AROAWORKER", "/team/", 0.0)
IDENTITIES = Identities(roles={"worker": WORKER})
ARN = f"arn:aws:iam::{ACCOUNT}:role/team/Worker"


def test_a_role_by_its_arn() -> None:
    assert role_arn(WORKER, ACCOUNT) == ARN
    assert find_role(IDENTITIES, ARN) is WORKER
    assert find_role(IDENTITIES, ARN.replace("/team", "")) is None, "the path is part of it"


@pytest.mark.parametrize(
    "given",
    [
        ARN,
        ARN.replace(ACCOUNT, "123456789012"),
        ARN.replace("arn:aws:", "arn:aws-cn:"),
        ARN.replace("Worker", "WORKER"),
    ],
)
def test_a_role_has_one_arn(given: str) -> None:
    assert own_role_arn(IDENTITIES, given, ACCOUNT) == ARN
    yet_to_come = own_role_arn(Identities(), given, ACCOUNT)
    assert yet_to_come.lower() == ARN.lower(), "also before it is made"


def test_the_longest_path() -> None:
    path = f"/{'p' * 510}/"
    role = Role("Worker", "AROAWORKER", path, 0.0)
    identities = Identities(roles={"worker": role})
    assert find_role(identities, role_arn(role, ACCOUNT)) is role
    assert find_role(identities, role_arn(role, ACCOUNT).replace("pp/", "ppp/")) is None


def test_many_slashes_are_not_all_tried() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{('a' * 64 + '/') * 100_000}!"
    began = process_time()
    assert own_role_arn(IDENTITIES, arn, ACCOUNT) == arn
    assert process_time() - began < 0.1


def test_what_is_no_role_is_left_as_it_is() -> None:
    for other in (f"arn:aws:iam::{ACCOUNT}:user/worker", "worker", ""):
        assert own_role_arn(IDENTITIES, other, ACCOUNT) == other


@pytest.mark.parametrize("federated", [None, "joe"])
def test_sessions_of_the_root_end_with_its_access_key(federated: str | None) -> None:
    """Who has found out the key cannot go on with a session once there is another."""
    session = Session("ASIA", "s", 0.0, 900.0, administrator="AKIDROOT", federated=federated)
    identity = Identity("ASIA", ACCOUNT, "us-east-1", "dynamodb", session)
    assert principal_of(IDENTITIES, identity, ACCOUNT, "AKIDROOT").session is session
    for other in ("AKIDNEXT", None):
        with pytest.raises(UnrecognizedClientException):
            principal_of(IDENTITIES, identity, ACCOUNT, other)
