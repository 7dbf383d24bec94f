"""What the callers of a commit get for the error that ended it."""

from __future__ import annotations

import pytest

from jedlik.storage.failures import OutcomeUnknown, StorageFull, StorageUnavailable, failure_of


@pytest.mark.parametrize("error", [StorageFull("no room"), OutcomeUnknown("half way")])
def test_a_failure_is_told_as_it_is(error: Exception) -> None:
    assert failure_of(error) is error


def test_any_other_error_is_one_of_the_store_and_keeps_its_cause() -> None:
    error = ValueError("wrong")
    failure = failure_of(error)
    assert type(failure) is StorageUnavailable
    assert str(failure) == "the commit failed: ValueError('wrong')"
    assert failure.__cause__ is error
