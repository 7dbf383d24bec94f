"""What servers with replicas of the same tables have agreed upon: names, and versions."""

from __future__ import annotations

from typing import Final

SIGNED_AS: Final = "jedlik-replication"
"""The service in the scope of signatures."""
PREFIX: Final = "JedlikReplication"
"""What targets begin with."""
VERSIONS: Final = (1,)
"""The versions of the protocol that this server speaks."""
