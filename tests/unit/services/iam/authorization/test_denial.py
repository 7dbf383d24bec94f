"""The error for a caller without permission."""

from __future__ import annotations

import pytest

from jedlik.auth.policy.principals import Caller
from jedlik.services.iam.authorization.denial import denied
from jedlik.services.iam.authorization.principals import Principal

EVE = Principal(Caller("arn:aws:iam::123456789012:user/eve", "123456789012"), "User", "AIDA1")
WHO = "User: arn:aws:iam::123456789012:user/eve is not authorized to perform: a:B"


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("*", f"{WHO} on resource: * because no identity-based policy allows the a:B action"),
        ("", f"{WHO} because no identity-based policy allows the a:B action"),
    ],
)
def test_a_resource_may_be_left_out(resource: str, text: str) -> None:
    reason = "because no identity-based policy allows the a:B action"
    assert denied(EVE, "a:B", resource, reason).message == text
