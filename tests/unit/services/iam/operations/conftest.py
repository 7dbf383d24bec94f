"""An account for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.services.iam.account import Account


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account()
    yield account
    account.runner.close()
