"""Long policies are compiled in a thread, whatever they are."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from jedlik.auth.policy.compile import compile_policy
from jedlik.auth.policy.wildcards import Wild, like
from jedlik.services.iam.authorization import long_policies
from jedlik.services.iam.authorization.long_policies import LONG_POLICY, prepare_policy


def policy(patterns: list[str]) -> str:
    statement = {
        "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringLike": {"aws:username": patterns}},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_patterns_of_a_long_policy_are_known_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled_in = []

    def noted(text: str, *, names_principals: bool) -> object:
        compiled_in.append(threading.current_thread())
        return compile_policy(text, names_principals=names_principals)

    monkeypatch.setattr(long_policies, "compile_policy", noted)
    patterns = [f"*of a long policy {number}?" for number in range(LONG_POLICY // 20)]
    asyncio.run(prepare_policy(policy(patterns)))
    assert threading.main_thread() not in compiled_in
    assert len(compiled_in) == 1
    pattern = [Wild(patterns[-1])]
    assert like(pattern) is like(pattern), "compiled once"


@pytest.mark.parametrize("text", [None, 1, "", "x" * (LONG_POLICY + 1), policy(["a"])])
def test_what_is_no_long_policy_is_left_to_others(text: object) -> None:
    asyncio.run(prepare_policy(text))
