"""Which words are reserved."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.expressions.parsing.reserved import RESERVED_WORDS, is_reserved


def test_all_of_them() -> None:
    assert len(RESERVED_WORDS) == 573
    assert all(word.isascii() and word.isupper() and word.isalpha() for word in RESERVED_WORDS)


@pytest.mark.parametrize("word", ["name", "Name", "NAME", "abort", "zone", "ttl", "inNter", "uuid"])
def test_reserved_words_are_recognized(word: str) -> None:
    assert is_reserved(word)


@pytest.mark.parametrize("word", ["names1", "pk", "id", "email", "remove", "_name", "customer"])
def test_other_words_are_not_reserved(word: str) -> None:
    assert not is_reserved(word)
