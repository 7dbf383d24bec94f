"""What a server is started with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jedlik.base.limits import (
    DEFAULT_VECTOR_MEMORY,
    MAX_ACCOUNT_CAPACITY_UNITS,
    MAX_TABLE_CAPACITY_UNITS,
)
from jedlik.console.mode import ConsoleMode
from jedlik.kernel.arns import Arns
from jedlik.kernel.realms import Realm
from jedlik.services.dynamodb.capacity.budgets import COUNTED, CapacityMode
from jedlik.services.dynamodb.replication.model import ReplicationSettings
from jedlik.services.dynamodb.streams.model import StreamSettings
from jedlik.storage.environment import Durability
from jedlik.storage.open import unseen

if TYPE_CHECKING:
    from jedlik.app.addresses.access_points import AccessPointSettings
    from jedlik.crypto.root_key import RootKey
    from jedlik.dax.settings import DaxSettings
    from jedlik.faults.latency import Latency
    from jedlik.faults.plan import FaultPlan
    from jedlik.seeding.seed import Seed

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_DIRECTORY = Path("jedlik-data")
DEFAULT_REGION = Arns().region
MAX_WORKERS = 256
MAX_VECTOR_MEMORY = 1 << 24
DEFAULT_STREAM_SETTINGS = StreamSettings()
DEFAULT_TTL_INTERVAL = 1.0


def default_tls_directory() -> Path:
    """Where the certificates of `--tls auto` are kept: the user's folder for configuration.

    Not beside the data: anyone who gets hold of those shall not be able to pass for the server.
    """
    configuration = os.environ.get("XDG_CONFIG_HOME")
    try:
        home = Path(configuration) if configuration else Path.home() / ".config"
    except RuntimeError:  # a user without a home, as containers have them
        return Path("jedlik-tls")
    return home / "jedlik" / "tls"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key and the secret key that its requests are signed with."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """A region that is another server: where it is, and in how many seconds it is to answer."""

    region: str
    url: str
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How connections are encrypted.

    `certificate` and `key` are PEM files; the key may be in the certificate's file (`key` None).
    Without `certificate` the server makes its own authority in `directory` and certificates for
    this machine's names and `names`. With `client_ca` clients must show a certificate that one of
    the authorities in that PEM file has signed.
    """

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    directory: Path = field(default_factory=default_tls_directory)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings.

    `port` 0 takes a free one. `directory` None keeps the data in memory, which one worker only
    can. Without `credentials` any are taken. `transition_seconds` is how long tables and
    indexes stay CREATING, UPDATING or DELETING, `restorable_delay` by how many seconds the
    latest moment that a table can be restored to is behind, `grace_seconds` how long requests
    may take once the server is to end. `stream_settings` say how streams are cut into shards,
    `ttl_interval` how many seconds may pass from an item's expiry until its deletion begins.
    `insecure` is the word of the operator that an address which others reach may be served
    without TLS or credentials. `allowed_hosts` are further names that clients may call an open
    server by. `tls` None speaks plain HTTP. `root_key` encrypts the data
    (`root_key_beside_data`: it is kept among them); `progress` is called with rows done and
    expected while that is done to data that were plain. `admin_port` is the port of the admin
    listener at `admin_host`, None: no listener; its calls take `admin_token`, if there is one.
    `testing` lets a test suite roll the server back, set its clock and read what it was asked
    (`app.suite`). `faults` strike requests on purpose, which wait as `latency` says.
    `log_requests` writes a line for each request, `explain` adds hints. `functions` False
    closes the Lambda API and stops triggers; `function_python` is the interpreter that handlers
    run in (None: the server's own), `destinations` are directories and URLs below which
    triggers may tell of discarded batches. `access_points` are further listeners, `buckets` are
    directories and s3:// URLs by the names of buckets that they stand for, `kinesis` is the
    endpoint or directory of the streams that changes go to, `audit_log` is the directory of the
    audit log, to which `audit_data_events` adds reads and writes of items. `engine` is the
    connection string of a shared database that takes the directory's place, `capacity` whether
    tables throttle that do not say it by their tag, `table_quota` and `account_quota` are the
    units that a table and all provisioned tables may have, `vector_memory` the MiB in which a
    process holds vectors of searches, `read_engine` is that of its
    standbys for eventually consistent reads. `dax` is what the process runs DAX's clusters
    with, if it does; `dax_elsewhere`: another process of the server does. `regions` are those
    that there are, `region` among them; without them all regions are one. `accounts_by_key`
    makes every access key of twelve digits an account of its own. `peers` are regions that are
    other servers, called with `peer_credentials` (by region; without, with the server's own) and
    trusted by the authorities in `peer_ca`; `replication` is how changes are sent to other
    regions. `eventual_delay` is how many seconds old eventually consistent reads are made on
    purpose, of tables in memory or in the directory. `console` None: there is one where no
    other machine reaches the server.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    directory: Path | None = DEFAULT_DIRECTORY
    durability: Durability = "fsync"
    workers: int = 1
    credentials: Credentials | None = None
    region: str = DEFAULT_REGION
    transition_seconds: float = 0.0
    restorable_delay: float = 0.0
    buckets: Mapping[str, str] = field(default_factory=dict)
    kinesis: str | None = None
    grace_seconds: float = 10.0
    stream_settings: StreamSettings = DEFAULT_STREAM_SETTINGS
    ttl_interval: float = DEFAULT_TTL_INTERVAL
    insecure: bool = False
    allowed_hosts: tuple[str, ...] = ()
    access_points: tuple[AccessPointSettings, ...] = ()
    seed: Seed | None = None
    audit_log: Path | None = None
    audit_data_events: bool = False
    tls: TlsSettings | None = None
    root_key: RootKey | None = field(default=None, repr=False)
    root_key_beside_data: bool = False
    progress: Callable[[int, int], None] = unseen
    admin_port: int | None = None
    admin_host: str = DEFAULT_HOST
    admin_token: str | None = field(default=None, repr=False)
    testing: bool = False
    faults: FaultPlan | None = None
    latency: Latency | None = None
    log_requests: str | None = None
    explain: bool = False
    functions: bool = True
    function_python: Path | None = None
    destinations: tuple[str, ...] = ()
    capacity: CapacityMode = COUNTED
    table_quota: int = MAX_TABLE_CAPACITY_UNITS
    account_quota: int = MAX_ACCOUNT_CAPACITY_UNITS
    vector_memory: int = DEFAULT_VECTOR_MEMORY
    engine: str | None = field(default=None, repr=False)
    read_engine: str | None = field(default=None, repr=False)
    dax: DaxSettings | None = None
    dax_elsewhere: bool = False
    regions: tuple[str, ...] = ()
    accounts_by_key: bool = False
    peers: tuple[PeerSettings, ...] = ()
    peer_credentials: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    peer_ca: Path | None = None
    replication: ReplicationSettings = field(default_factory=ReplicationSettings)
    eventual_delay: float = 0.0
    console: ConsoleMode | None = None

    @property
    def has_realms(self) -> bool:
        """Whether there may be other regions or accounts than those the server is at home in."""
        return bool(self.regions) or self.accounts_by_key

    def function_directory(self, realm: Realm, home: Realm) -> Path | None:
        """Where code and logs of functions are kept; None: in memory, as secrets are."""
        if self.directory is None or self.root_key is not None:
            return None
        account = () if realm.account == home.account else (realm.account,)
        parts = () if realm == home else (*account, realm.region)
        return self.directory.absolute() / "-".join(("functions", *parts))
