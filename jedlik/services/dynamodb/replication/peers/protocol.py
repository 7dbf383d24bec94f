"""The protocol between servers with replicas of the same tables: names and versions."""

from __future__ import annotations

from typing import Final

SIGNED_AS: Final = "jedlik-replication"
"""The service in the scope of signatures."""
PREFIX: Final = "JedlikReplication"
"""The prefix of targets."""
VERSIONS: Final = (1, 2)
"""The versions of the protocol that this server speaks. The first has one refusal for everything.
In the second a region is told that it was taken out of a global table, or that its key cannot be
used, and regions can separate and keep their items."""
