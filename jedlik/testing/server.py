"""A server for a test suite, in a thread of the suite's own process.

Everything is kept in memory, so a snapshot is a copy of a dictionary and a rollback another one: a
test's changes are undone in less than a millisecond, and the clients that tests and programs made
stay connected.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from jedlik.app.addresses import listening
from jedlik.app.server import Server
from jedlik.app.settings import DEFAULT_REGION, Settings
from jedlik.app.suite import SuiteControls
from jedlik.base.clock import ShiftedClock
from jedlik.base.errors import ValidationException
from jedlik.base.ids import RandomIds
from jedlik.faults.rules import Rule, rule_of
from jedlik.request_log.recording import RecordedRequest
from jedlik.seeding.planting import Planted
from jedlik.seeding.reading import read_seeds
from jedlik.storage.memory import MemoryEngine, MemorySnapshot
from jedlik.storage.open import OpenStorage

if TYPE_CHECKING:
    from concurrent.futures import Future

ResultT = TypeVar("ResultT")

_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 30.0
_ANY: Final = "jedlik"
"""The tests' credentials: the server accepts any."""
_REMOVED: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ENDPOINT_URL",
)
"""Variables of a developer that would make clients use a profile, or sign with a token."""
_UNPROXIED: Final = ("NO_PROXY", "no_proxy")
"""Hosts that are reached without a proxy. Programs read one or the other."""


class LocalServer:
    """A server at `url`. Start it before anything else, and stop it at the end.

    With `regions`, `region` among them, each of those has its own tables: clients of regions other
    than `region` are made with `region_name`. With `accounts_by_key` each access key of twelve
    digits is an account of its own. A rollback covers all regions and accounts.
    """

    def __init__(
        self,
        region: str = DEFAULT_REGION,
        regions: Sequence[str] = (),
        *,
        accounts_by_key: bool = False,
    ) -> None:
        self.region = region
        self.regions = tuple(regions)
        self._accounts_by_key = accounts_by_key
        self.clock = ShiftedClock()
        self._suite: SuiteControls | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="jedlik", daemon=True)
        self._server: Server | None = None
        self.url = ""
        self._session: Any = None
        self._making = threading.Lock()
        """Sessions of boto3 can make only one client at a time."""
        self._clients: list[Any] = []

    # --- Life -------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Answer requests from now on. Raises `AddressError` if no port is available."""
        self._thread.start()
        self._run(self._start())
        return self

    async def _start(self) -> None:
        sockets = listening.listen(_HOST, 0)
        settings = Settings(
            host=_HOST, port=0, directory=None, region=self.region, regions=self.regions,
            accounts_by_key=self._accounts_by_key, testing=True,
        )  # fmt: skip
        storage = OpenStorage(MemoryEngine(), None)
        server = Server(settings, storage, self.clock, RandomIds())
        await server.start(sockets)
        self._server, self._suite = server, server.suite
        self.url = f"http://{_HOST}:{listening.port_of(sockets)}"

    def stop(self) -> None:
        """Answer accepted requests, and end. All data is lost."""
        self._close_clients()
        if self._server is not None:
            self._run(self._server.stop())
            self._server = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- For a test -------------------------------------------------------------------------------

    def snapshot(self) -> MemorySnapshot:
        """The current state of the server: tables, items, streams, keys, functions."""
        return self._run(self._snapshot())

    async def _snapshot(self) -> MemorySnapshot:
        return self._controls.snapshot()

    def restore(self, snapshot: MemorySnapshot) -> None:
        """Restore the state of the snapshot. The clock is not set back."""
        self._run(self._controls.restore(snapshot))

    def reset(self) -> None:
        """Remove everything."""
        self._run(self._controls.reset())

    @contextmanager
    def rolled_back(self) -> Iterator[LocalServer]:
        """Changes inside are undone at the end, faults removed, the recording of requests
        restarted, and connections of clients closed that `client` made inside."""
        before, kept = self.snapshot(), len(self._clients)
        rules = set(self._controls.faults.rules)
        self._controls.recording.clear()
        try:
            yield self
        finally:
            self._close_clients(kept)
            self._run(self._remove_faults(rules))
            self.restore(before)

    def seed(self, *paths: str | Path) -> Planted:
        """Create the tables and put the items of these files (see `jedlik manual testing`).

        Raises SeedError if one cannot be read, or if the server refuses its contents.
        """
        return self._run(self._controls.seed(read_seeds(map(Path, paths))))

    def advance(self, seconds: float) -> None:
        """Set the server's clock forward: items expire, streams end, keys are rotated.

        Due work is done when this returns. Raises ValueError if time would go back.
        """
        try:
            self._run(self._controls.advance(seconds))
        except ValidationException as error:
            raise ValueError(error.message) from error

    def fault(self, **rule: Any) -> Rule:
        """Make a fault affect requests, until the test ends (see `jedlik manual testing`).

            jedlik.fault(operation="PutItem", table="orders", nth=2, drop="after")

        `struck` of the result counts the affected requests. Raises RuleError.
        """
        made = rule_of(rule)
        self._run(self._add_fault(made))
        return made

    async def _add_fault(self, rule: Rule) -> None:
        self._controls.faults.add(rule)

    async def _remove_faults(self, but: set[int]) -> None:
        for number in set(self._controls.faults.rules) - but:
            self._controls.faults.remove(number)

    def requests(self, operation: str | None = None) -> list[RecordedRequest]:
        """The requests since the start of the test, of one operation or of all."""
        return self._controls.recording.requests(operation)

    @property
    def _controls(self) -> SuiteControls:
        assert self._suite is not None, "the server has been started"
        return self._suite

    # --- Its clients ------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        """Variables by which every AWS SDK finds this server for tables and streams, whatever the
        developer's environment and configuration are (AWS SDKs and tools reference guide,
        "Service-specific endpoints"). Other services are left to the test's own mocks."""
        given = {
            "AWS_ACCESS_KEY_ID": _ANY,
            "AWS_SECRET_ACCESS_KEY": _ANY,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL_DYNAMODB": self.url,
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": self.url,
        }
        return {
            **given,
            # Writes of tests must not reach the service itself, nor pass through a proxy.
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            **dict.fromkeys(_UNPROXIED, _unproxied(os.environ)),
            # The developer's own credentials must not leave the machine, nor cause waiting.
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @contextmanager
    def in_environment(self) -> Iterator[LocalServer]:
        """Set the variables in this process's environment inside the block."""
        ours = self.environment()
        before = {name: os.environ.get(name) for name in (*ours, *_REMOVED)}
        os.environ.update(ours)
        for name in _REMOVED:
            os.environ.pop(name, None)
        try:
            yield self
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def client(self, service: str = "dynamodb", **options: Any) -> Any:
        """A boto3 client of one of the server's services."""
        given = {**self._credentials(), **options}
        with self._making:
            return self._kept(self._boto3().client(service, endpoint_url=self.url, **given))

    def resource(self, service: str = "dynamodb", **options: Any) -> Any:
        """A boto3 resource."""
        with self._making:
            made = self._boto3().resource(service, endpoint_url=self.url, **options)
            self._kept(made.meta.client)
        return made

    def aio_client(self, service: str = "dynamodb", **options: Any) -> Any:
        """An aioboto3 client, to be entered with `async with`."""
        session = importlib.import_module("aioboto3").Session(**self._credentials())
        return session.client(service, endpoint_url=self.url, **options)

    def _kept(self, client: Any) -> Any:
        self._clients.append(client)
        return client

    def _close_clients(self, kept: int = 0) -> None:
        """Close all but the first: a suite of thousands of tests must not run out of sockets.
        Clients that are used again reconnect."""
        with self._making:
            closing = self._clients[kept:]
            del self._clients[kept:]
        for client in closing:
            client.close()

    def _boto3(self) -> Any:
        """The session of all clients. Separate sessions would each read the service's model, which
        takes ten times as long as the rest of making a client."""
        if self._session is None:
            # Loaded here: a server works without boto3, and only clients need it.
            core = importlib.import_module("botocore.session").Session()
            unproxied = importlib.import_module("botocore.config").Config(proxies={})
            core.set_default_client_config(unproxied)
            session = importlib.import_module("boto3").Session
            self._session = session(botocore_session=core, **self._credentials())
        return self._session

    def _credentials(self) -> dict[str, str]:
        return {
            "aws_access_key_id": _ANY,
            "aws_secret_access_key": _ANY,
            "region_name": self.region,
        }

    def _run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        future: Future[ResultT] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(_START_SECONDS)


def _unproxied(environment: Mapping[str, str]) -> str:
    """The hosts that this environment reaches without a proxy, and this server's."""
    known = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if _HOST in known or known.strip() == "*":  # all hosts, which a list cannot express
        return known
    return f"{known},{_HOST}" if known else _HOST
