"""The secret keys of access keys, found once.

A verifier needs one for every request. So this is a dictionary, whose own lookup is all that a
request costs; a function is called only for a key that it does not have yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping


class SecretKeys(dict[str, str | None]):
    """Secret keys by access key, each found by `find` (None: no such key, which is not kept).

    `fixed` are those that stay when the others are forgotten.
    """

    __slots__ = ("_find", "fixed")

    def __init__(self, find: Callable[[str], str | None]) -> None:
        super().__init__()
        self._find = find
        self.fixed: Mapping[str, str] = {}

    def fix(self, secrets: Mapping[str, str]) -> None:
        """Use these secret keys, whatever `find` says."""
        self.fixed = {**self.fixed, **secrets}
        self.update(secrets)

    def forget(self) -> None:
        """Find all of them again, since they may have changed."""
        self.clear()
        self.update(self.fixed)

    def __missing__(self, access_key: str) -> str | None:
        secret = self._find(access_key)
        if secret is not None:
            self[access_key] = secret
        return secret
