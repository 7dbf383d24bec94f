"""What a server is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from jedlik.database.names import Names
from jedlik.model.stream import StreamSettings
from jedlik.storage.environment import Durability

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_DIRECTORY = Path("jedlik-data")
DEFAULT_REGION = Names().region
MAX_WORKERS = 256
DEFAULT_STREAM_SETTINGS = StreamSettings()
DEFAULT_TTL_INTERVAL = 1.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key and the secret key that its requests are signed with."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings.

    `port` 0 takes a free one. `directory` None keeps the data in memory, which one worker only can.
    Without `credentials` any are taken. `transition_seconds` is how long tables and indexes stay
    CREATING, UPDATING or DELETING, `grace_seconds` how long requests may take once the server is to
    end. `stream_settings` say how streams are cut into shards, `ttl_interval` how many seconds may
    pass from an item's expiry until its deletion begins. `insecure` is the word of whoever starts
    it that an address which others reach may be served without TLS or credentials.
    `engine` is the connection string of a shared database that takes the directory's place,
    `read_engine` that of its standbys for eventually consistent reads.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    directory: Path | None = DEFAULT_DIRECTORY
    durability: Durability = "fsync"
    workers: int = 1
    credentials: Credentials | None = None
    region: str = DEFAULT_REGION
    transition_seconds: float = 0.0
    grace_seconds: float = 10.0
    stream_settings: StreamSettings = DEFAULT_STREAM_SETTINGS
    ttl_interval: float = DEFAULT_TTL_INTERVAL
    insecure: bool = False
    engine: str | None = field(default=None, repr=False)
    read_engine: str | None = field(default=None, repr=False)
