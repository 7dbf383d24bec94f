"""Sessions of functions: created once, renewed well before their end, and limited to the role."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.auth.sessions import Session, Sessions
from jedlik.base.errors import AccessDeniedException, ExpiredTokenException
from jedlik.base.ids import RandomIds
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.model import Role, changed
from jedlik.services.lambda_.assumed_roles import RENEWED_BEFORE, SESSION_SECONDS, AssumedRoles
from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.operations.function_settings import MAX_TIMEOUT
from jedlik.services.lambda_.runtime.execution_roles import Credentials
from jedlik.storage.memory import MemoryEngine
from tests.functions import TRUSTS_LAMBDA
from tests.simulated_clock import SimulatedClock

ARN = "arn:aws:iam::000000000000:role/Runner"
RUNNER = Role("Runner", "AROA1", "/", 0.0, trust=TRUSTS_LAMBDA)


class Scene:
    """A role, and what speaks for the roles of functions."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.clock = SimulatedClock()
        self.runner.run(self._make())

    async def _make(self) -> None:
        database = Database(MemoryEngine(), self.clock, RandomIds())
        self.store = database.identities
        self.sessions = Sessions(self.clock, self.store.seal)
        authorizer = TableAuthorizer(database, "root")
        self.roles = AssumedRoles(authorizer, self.sessions, self.clock, database.ids)
        await self._put(RUNNER)

    async def _put(self, role: Role) -> None:
        await self.store.change(lambda _identities, draft: draft.put(role))

    def put(self, role: Role) -> None:
        self.runner.run(self._put(role))

    def remove(self, role: Role) -> None:
        self.runner.run(self.store.change(lambda _identities, draft: draft.remove(role)))

    def credentials(self, function: str = "f", role: str = ARN) -> Credentials:
        return self.runner.run(self.roles.credentials(role, function))

    def session(self, given: Credentials) -> Session:
        assert given.session_token is not None
        return self.sessions.read(given.access_key, given.session_token.encode())

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.runner.close()


def test_a_session_of_the_role_named_after_the_function(scene: Scene) -> None:
    given = scene.credentials()
    session = scene.session(given)
    assert given.access_key.startswith("ASIA")
    assert session.secret == given.secret_key
    assert session.role == ("Runner", "AROA1", "f")
    assert session.function == "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert scene.credentials("g") != given


def test_a_session_is_renewed_well_before_its_end(scene: Scene) -> None:
    first = scene.credentials()
    scene.clock.advance(SESSION_SECONDS - RENEWED_BEFORE)
    assert scene.credentials() == first
    # Whoever was given it just now may take as long as a function may.
    scene.clock.advance(MAX_TIMEOUT)
    scene.session(first)
    second = scene.credentials()
    assert second.access_key != first.access_key
    scene.clock.advance(SESSION_SECONDS - MAX_TIMEOUT)
    with pytest.raises(ExpiredTokenException):
        scene.session(first)
    scene.session(second)


def test_an_event_always_gets_credentials_that_outlast_it(scene: Scene) -> None:
    """A process that is kept busy for a day."""
    seen = set()
    for _ in range(24 * 60):
        scene.clock.advance(60)
        given = scene.credentials()
        seen.add(given.access_key)
        assert scene.session(given).ends - scene.clock.now() > MAX_TIMEOUT
    assert 24 <= len(seen) <= 48


def test_a_role_that_was_made_again_is_another_one(scene: Scene) -> None:
    first = scene.credentials()
    scene.remove(RUNNER)
    with pytest.raises(AccessDeniedException, match="cannot be assumed by Lambda"):
        scene.credentials()
    scene.put(changed(RUNNER, id="AROA2"))
    second = scene.credentials()
    assert second != first
    assert scene.session(second).role == ("Runner", "AROA2", "f")


def test_a_role_that_trusts_no_longer(scene: Scene) -> None:
    first = scene.credentials()
    scene.put(changed(RUNNER, trust=TRUSTS_LAMBDA.replace("lambda", "ec2")))
    with pytest.raises(AccessDeniedException):
        scene.credentials()
    with pytest.raises(InvalidParameterValueException):
        scene.run(scene.roles.check(ARN, "f"))
    scene.put(RUNNER)
    scene.run(scene.roles.check(ARN, "f"))
    assert scene.credentials() == first


@pytest.mark.parametrize("arn", [f"{ARN}s", "arn:aws:iam::000000000000:role/p/Runner", "Runner"])
def test_a_role_that_is_not_there(scene: Scene, arn: str) -> None:
    with pytest.raises(InvalidParameterValueException):
        scene.run(scene.roles.check(arn, "f"))
    with pytest.raises(AccessDeniedException):
        scene.credentials(role=arn)
