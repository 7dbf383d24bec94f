"""The settings of a server."""

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
from jedlik.services.dynamodb.tables.replicas import ReplicationSettings
from jedlik.services.dynamodb.tables.stream import StreamSettings
from jedlik.storage.engine import Durability
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

    Not with the data: a stolen copy of the data must not let anyone impersonate the server.
    """
    configuration = os.environ.get("XDG_CONFIG_HOME")
    try:
        home = Path(configuration) if configuration else Path.home() / ".config"
    except RuntimeError:  # a user without a home directory, as in containers
        return Path("jedlik-tls")
    return home / "jedlik" / "tls"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key and the secret key that its requests are signed with."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """A region that is another server: its URL, and how many seconds it has to answer."""

    region: str
    url: str
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How connections are encrypted.

    `certificate` and `key` are PEM files; the key may be in the certificate's file (`key` None).
    Without `certificate` the server makes its own authority in `directory`, and certificates for
    this machine's names and for `names`. With `client_ca`, clients must show a certificate signed
    by one of the authorities in that PEM file.
    """

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    directory: Path = field(default_factory=default_tls_directory)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server: the options of `jedlik serve`, checked and parsed."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    """0: any free port."""
    insecure: bool = False
    """The operator accepts that other machines reach the server without TLS or credentials."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names by which clients may call an open server."""
    access_points: tuple[AccessPointSettings, ...] = ()
    """Further listeners."""
    console: ConsoleMode | None = None
    """None: there is a console if no other machine can reach the server."""

    directory: Path | None = DEFAULT_DIRECTORY
    """None keeps the data in memory, which only a single worker can do."""
    durability: Durability = "fsync"
    engine: str | None = field(default=None, repr=False)
    """The connection string of a shared database, which replaces the directory."""
    read_engine: str | None = field(default=None, repr=False)
    """The connection string of its standbys, for eventually consistent reads."""
    eventual_delay: float = 0.0
    """How many seconds old eventually consistent reads deliberately are, unless `engine` is set."""
    workers: int = 1
    grace_seconds: float = 10.0
    """How long requests may still take once the server is asked to end."""

    credentials: Credentials | None = None
    """None: any credentials are accepted."""
    tls: TlsSettings | None = None
    """None: plain HTTP."""
    root_key: RootKey | None = field(default=None, repr=False)
    """Encrypts the data."""
    root_key_beside_data: bool = False
    """The root key is kept in the data directory."""
    progress: Callable[[int, int], None] = unseen
    """Called with rows done and rows expected while plain data is being encrypted."""
    audit_log: Path | None = None
    """The directory of the audit log."""
    audit_data_events: bool = False
    """Whether reads and writes of items are audited too."""

    region: str = DEFAULT_REGION
    regions: tuple[str, ...] = ()
    """All regions, `region` among them. Empty: all regions are one."""
    accounts_by_key: bool = False
    """Every access key of twelve digits is an account of its own."""
    peers: tuple[PeerSettings, ...] = ()
    """Regions that are other servers."""
    peer_credentials: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    """What peers are called with, by region; for those missing, the server's own credentials."""
    peer_ca: Path | None = None
    """The authorities whose certificates peers may have."""
    replication: ReplicationSettings = field(default_factory=ReplicationSettings)
    """How changes are sent to other regions."""

    transition_seconds: float = 0.0
    """How long tables and indexes stay CREATING, UPDATING or DELETING."""
    restorable_delay: float = 0.0
    """How many seconds ago the latest moment is to which a table can be restored."""
    ttl_interval: float = DEFAULT_TTL_INTERVAL
    """At most this many seconds pass from an item's expiry until its deletion begins."""
    stream_settings: StreamSettings = DEFAULT_STREAM_SETTINGS
    vector_memory: int = DEFAULT_VECTOR_MEMORY
    """MiB in which a process holds the vectors that are searched."""
    capacity: CapacityMode = COUNTED
    """Whether tables without the tag for it are throttled."""
    table_quota: int = MAX_TABLE_CAPACITY_UNITS
    """Units that a table may have."""
    account_quota: int = MAX_ACCOUNT_CAPACITY_UNITS
    """Units that all provisioned tables together may have."""

    buckets: Mapping[str, str] = field(default_factory=dict)
    """Directories and s3:// URLs, by the names of the buckets for which they stand."""
    kinesis: str | None = None
    """The endpoint or directory of the Kinesis streams to which changes are sent."""
    functions: bool = True
    """False closes the Lambda API and stops triggers."""
    function_python: Path | None = None
    """The interpreter that runs handlers. None: the server's own."""
    destinations: tuple[str, ...] = ()
    """Directories and URLs below which triggers may report discarded batches."""
    dax: DaxSettings | None = None
    """What this process runs DAX's clusters with, if it does."""
    dax_elsewhere: bool = False
    """Another process of the server runs them."""

    admin_host: str = DEFAULT_HOST
    admin_port: int | None = None
    """None: there is no admin listener."""
    admin_token: str | None = field(default=None, repr=False)
    """Required by its calls, if set."""
    log_requests: str | None = None
    """`text` or `json`: how a line for each request is written; None: it is not."""
    explain: bool = False
    """Whether these lines have hints."""
    seed: Seed | None = None
    """Tables and items to create at the start."""
    testing: bool = False
    """A test suite may roll the server back, set its clock and read its requests (`app.suite`)."""
    faults: FaultPlan | None = None
    """Which requests fail deliberately."""
    latency: Latency | None = None
    """How long requests deliberately wait."""

    @property
    def has_realms(self) -> bool:
        """Whether there may be regions or accounts other than the server's own."""
        return bool(self.regions) or self.accounts_by_key

    def function_directory(self, realm: Realm, home: Realm) -> Path | None:
        """Where code and logs of functions are kept; None: in memory, as secrets are."""
        if self.directory is None or self.root_key is not None:
            return None
        account = () if realm.account == home.account else (realm.account,)
        parts = () if realm == home else (*account, realm.region)
        return self.directory.absolute() / "-".join(("functions", *parts))
