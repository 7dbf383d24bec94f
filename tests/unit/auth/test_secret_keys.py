"""Secret keys are looked up once, and again after they may have changed."""

from __future__ import annotations

from jedlik.auth.secret_keys import SecretKeys


def test_a_key_is_found_once_until_it_may_have_changed() -> None:
    stored = {"AKIA1": "one"}
    asked: list[str] = []

    def find(access_key: str) -> str | None:
        asked.append(access_key)
        return stored.get(access_key)

    secrets = SecretKeys(find)
    assert [secrets["AKIA1"], secrets["AKIA1"]] == ["one", "one"]
    assert asked == ["AKIA1"]
    stored["AKIA1"] = "two"
    secrets.forget()
    assert secrets["AKIA1"] == "two"


def test_keys_that_do_not_exist_are_not_kept() -> None:
    """A stranger may ask for any."""
    stored: dict[str, str] = {}
    secrets = SecretKeys(stored.get)
    assert [secrets[f"AKIA{number}"] for number in range(100)] == [None] * 100
    assert not secrets
    stored["AKIA7"] = "made a moment ago"
    assert secrets["AKIA7"] == "made a moment ago"


def test_fixed_keys_stay() -> None:
    secrets = SecretKeys({"AKIA1": "of the store"}.get)
    assert secrets["AKIA1"] == "of the store"
    secrets.fix({"AKIA1": "of the operator"})
    for _ in range(2):
        assert secrets["AKIA1"] == "of the operator"
        secrets.forget()
