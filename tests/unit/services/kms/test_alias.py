"""The record of an alias."""

from __future__ import annotations

from uuid import UUID

import pytest

from jedlik.services.kms.alias import Alias, alias_from

KEY = "12345678-1234-1234-1234-123456789012"


@pytest.mark.parametrize("created", [None, 1.5])
@pytest.mark.parametrize("updated", [None, 1_796_000_000.123])
def test_what_is_stored_is_read(created: float | None, updated: float | None) -> None:
    alias = Alias(KEY, created, updated)
    assert alias_from(alias.encoded()) == alias


def test_aliases_of_earlier_versions_have_no_times() -> None:
    assert alias_from(UUID(KEY).bytes) == Alias(KEY)


@pytest.mark.parametrize("size", [0, 15, 17, 31, 33])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError):
        alias_from(bytes(size))
