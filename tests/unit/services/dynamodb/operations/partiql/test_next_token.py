"""Tokens that continue a SELECT."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.operations.partiql.next_token import Position, read_token, write_token

REQUEST = ("SELECT * FROM t", None, b"\x03prefix")
KEY = {"pk": {"S": "a"}, "n": {"N": "1"}}


def refusal(token: str, request: object = REQUEST) -> str:
    with pytest.raises(ValidationException) as raised:
        read_token(token, request)  # type: ignore[arg-type]
    return raised.value.message


@given(
    st.integers(0, 65535),
    st.none() | st.dictionaries(st.text(min_size=1), st.just({"S": "x"}), min_size=1),
)
def test_tokens_read_back(read: int, key: dict[str, dict[str, str]] | None) -> None:
    position = Position(read, key)
    assert read_token(write_token(position, REQUEST), REQUEST) == position


def test_no_token_is_no_position() -> None:
    assert read_token(None, REQUEST) is None


@pytest.mark.parametrize(
    "other",
    [
        ("SELECT * FROM u", None, b"\x03prefix"),
        ("SELECT * FROM t", [{"S": "a"}], b"\x03prefix"),
        ("SELECT * FROM t", None, b"\x03other"),
    ],
)
def test_a_token_belongs_to_its_request(other: object) -> None:
    token = write_token(Position(0, KEY), REQUEST)
    assert refusal(token, other) == "NextToken does not match request"


@pytest.mark.parametrize("token", ["", "x", "AQ==", "not base64!", "é", "=" * 8])
def test_what_is_no_token(token: str) -> None:
    assert refusal(token) == "Invalid NextToken"


@pytest.mark.parametrize(
    "key", [b"[", b"[]", b'{"a": 1}', b'{"a": {"N": "x"}}', b"null", b'{"a":{"B":"%"}}']
)
def test_a_key_that_was_tampered_with(key: bytes) -> None:
    header = b64decode(write_token(Position(0, None), REQUEST))
    assert refusal(b64encode(header + key).decode()) == "Invalid NextToken"


def test_a_token_of_another_version_is_refused() -> None:
    data = b64decode(write_token(Position(0, KEY), REQUEST))
    assert refusal(b64encode(b"\x02" + data[1:]).decode()) == "Invalid NextToken"
