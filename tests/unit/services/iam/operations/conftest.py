"""An account for each test, without a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.services.iam.account import Account


@pytest.fixture
def account() -> Iterator[Account]:
    """A new account, whose event loop is closed after the test."""
    account = Account()
    yield account
    account.runner.close()
