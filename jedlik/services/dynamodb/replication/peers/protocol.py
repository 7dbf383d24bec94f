"""What servers with replicas of the same tables have agreed upon: names, and versions."""

from __future__ import annotations

from typing import Final

SIGNED_AS: Final = "jedlik-replication"
"""The service in the scope of signatures."""
PREFIX: Final = "JedlikReplication"
"""What targets begin with."""
VERSIONS: Final = (1, 2)
"""The versions of the protocol that this server speaks. In the second a region hears that it was
taken out of a global table, or that its key cannot be used, where the first has one refusal for
everything; and regions part and keep their items."""
