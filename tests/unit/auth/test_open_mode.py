"""Which requests are accepted without configured credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sigv4 import OpenVerifier
from jedlik.base.errors import IncompleteSignatureException

Signer = Callable[..., Any]


def test_open_mode_takes_any_credentials(sign: Signer) -> None:
    verifier = OpenVerifier()
    for _ in range(2):
        request = sign(access_key="dummy", secret="whatever", region="local")
        assert verifier.verify(request) == Identity("dummy", "000000000000", "local", "dynamodb")
        request.headers[b"x-amz-date"] = b"20000101T000000Z"
        request.body = b"changed"
        assert verifier.verify(request).access_key == "dummy"
    assert verifier.verify(sign(access_key="other")).access_key == "other"
    assert verifier.verify(sign(b"", in_query=True)).access_key == "AKIDEXAMPLE"


def test_open_mode_wants_credentials_in_their_form(sign: Signer) -> None:
    verifier = OpenVerifier()
    request = sign()
    verifier.verify(request)
    del request.headers[b"x-amz-date"]
    with pytest.raises(IncompleteSignatureException, match="'X-Amz-Date'"):
        verifier.verify(request)
    request = sign()
    request.headers[b"authorization"] = b"AWS4-HMAC-SHA256 Credential=a"
    with pytest.raises(IncompleteSignatureException, match="'Signature'"):
        verifier.verify(request)
