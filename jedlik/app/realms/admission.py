"""How many accounts a server may have.

Anyone can name an account on a server that takes any credentials, and every account that was ever
opened has rows on the disk and is looked at once a minute for due work. So their number is limited:
beyond it, requests for further accounts are refused, and those that exist go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jedlik.base.errors import LimitExceededException
from jedlik.kernel.realms import Realm, stored_realms
from jedlik.storage.engine import Reads

MAX_ACCOUNTS: Final = 10_000
"""Accounts besides the server's own. Together they take some 90 MB of the disk, and a second or two
of each minute of a processor."""


class Admission:
    """Counts the accounts in a store besides `own`, the server's."""

    def __init__(self, engine: Reads, own: str) -> None:
        self._engine = engine
        self._own = own
        self._known: set[str] | None = None

    async def check(self, account: str) -> None:
        """Raise LimitExceededException if the account is new and one too many. Otherwise it counts
        from now on."""
        if self._known is None:
            self._known = set()
            self.note(await stored_realms(self._engine))
        if account not in self._known and len(self._known) >= MAX_ACCOUNTS:
            raise LimitExceededException(
                f"This server has {len(self._known)} accounts besides its own and takes no others: "
                "use one of them, or a new data directory"
            )
        self._known.add(account)

    def note(self, stored: Iterable[Realm]) -> None:
        """Count those that are stored, which other processes may have opened."""
        if self._known is not None:
            self._known.update(each.account for each in stored if each.account != self._own)
