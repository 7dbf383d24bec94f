"""What masks hide, and that joins still work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.tablefiles.fakes import DISTINCT, FAKES
from jedlik.tablefiles.formats import FileError
from jedlik.tablefiles.masks import Masks, read_masks
from jedlik.tablefiles.sampling import sampler

RULES = """
secret = "s"
[tables."*"]
email = "fake:email"
[tables.Users]
id = "hash"
name = "fake:name"
"address.street" = "redact"
"cards[].number" = "hash"
[tables.Orders]
user = "hash"
"""


def rules(tmp_path: Path, text: str = RULES) -> Masks:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    return read_masks(path)


def test_equal_values_stay_equal_and_nothing_else_changes(tmp_path: Path) -> None:
    masks = rules(tmp_path)
    user = {
        "id": {"S": "42"},
        "name": {"S": "Real Person"},
        "email": {"S": "real@person.org"},
        "address": {"M": {"street": {"S": "Real Street 1"}, "zip": {"S": "123"}}},
        "cards": {"L": [{"M": {"number": {"S": "4111"}, "kind": {"S": "v"}}}, {"S": "none"}]},
        "left": {"N": "7"},
    }
    before = {name: dict(value) for name, value in user.items()}
    masked = masks.of_table("Users", ["id"])(user)
    assert user == before, "the item itself stays as it was"
    order = masks.of_table("Orders", ["pk"])({"pk": {"S": "1"}, "user": {"N": "42"}})
    assert masked["id"]["S"] != "42"
    assert masked["left"] == {"N": "7"}
    assert masked["address"]["M"] == {"street": {"S": "***"}, "zip": {"S": "123"}}
    assert masked["cards"]["L"][0]["M"]["number"]["S"] != "4111"
    assert masked["cards"]["L"][0]["M"]["kind"] == {"S": "v"}
    assert masked["cards"]["L"][1] == {"S": "none"}
    assert "Real" not in str(masked)
    assert masked["email"]["S"].endswith("@example.com")
    assert order["user"]["N"].isdigit(), "a number stays a number"
    again = rules(tmp_path).of_table("Users", ["id"])(user)
    assert again == masked, "with a secret in the file each run makes the same"
    same = masks.of_table("Orders", ["pk"])({"pk": {"S": "1"}, "user": {"S": "42"}})
    assert same["user"] == masked["id"], "joins between tables hold"


def test_without_a_secret_runs_differ(tmp_path: Path) -> None:
    text = '[tables.T]\na = "hash"\n'
    one, other = (rules(tmp_path, text).of_table("T", [])({"a": {"S": "x"}}) for _ in range(2))
    assert one != other


@given(st.lists(st.text(), min_size=2, max_size=6, unique=True))
def test_what_may_mask_keys_keeps_them_apart(values: list[str]) -> None:
    for how in ("hash", *(f"fake:{name}" for name in DISTINCT)):
        masked = Masks({"T": {"k": how}}, b"secret").of_table("T", ["k"])
        assert len({masked({"k": {"S": each}})["k"]["S"] for each in values}) == len(values)


@pytest.mark.parametrize("name", sorted(FAKES))
def test_fakes_are_the_same_for_the_same(name: str) -> None:
    mask = Masks({"T": {"a": f"fake:{name}"}}, b"secret").of_table("T", [])
    value = mask({"a": {"S": "x"}})
    assert value == mask({"a": {"S": "x"}})
    assert value["a"]["S"]


@pytest.mark.parametrize("value", [{"S": "x"}, {"N": "1"}, {"B": "AA=="}, {"BOOL": True},
    {"NULL": True}, {"L": [{"S": "x"}]}, {"M": {"a": {"S": "x"}}}, {"SS": ["x"]}, {"NS": ["7"]},
    {"BS": ["AA=="]}])  # fmt: skip
def test_types_stay(value: dict[str, Any]) -> None:
    for how in ("redact", "hash"):
        made = Masks({"T": {"a": how}}, b"secret").of_table("T", [])({"a": value})["a"]
        scalar = how == "hash" and next(iter(value)) in ("L", "M")
        assert list(made) == (["S"] if scalar else list(value))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[tables", "cannot be read"),
        ("other = 1", "nothing else"),
        ('[tables.T]\na = "fake:dog"', "not one of"),
        ("[tables.T]\na = 1", "not one of"),
        ('[tables.T]\n"a..b" = "hash"', "not the path"),
        ("secret = 5", "nothing else"),
    ],
)
def test_rules_that_are_wrong(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(FileError, match=wrong):
        rules(tmp_path, text)


def test_keys_that_would_become_alike(tmp_path: Path) -> None:
    masks = rules(tmp_path, '[tables.T]\nid = "redact"\n')
    with pytest.raises(FileError, match="make keys of different items alike"):
        masks.of_table("T", ["id"])


def test_a_sample_has_whole_partitions_and_the_same_ones_everywhere() -> None:
    wanted, other = sampler(0.3, "user"), sampler(0.3, "id")
    chosen = [n for n in range(2000) if wanted({"user": {"S": f"{n}"}, "sk": {"N": "1"}})]
    assert 450 < len(chosen) < 750
    assert chosen == [n for n in range(2000) if other({"id": {"S": f"{n}"}})]
    assert all(sampler(1.0, "a")({}) for _ in range(3))
