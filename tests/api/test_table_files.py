"""`jedlik export` and `jedlik import` against a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.making import make, put_all
from tests.servers import RunningServer, jedlik


def item(number: int) -> dict[str, Any]:
    return {
        "pk": {"S": f"p{number:04}"},
        "sk": {"N": str(number % 7)},
        "price": {"N": f"{number}.25"},
        "blob": {"B": number.to_bytes(2, "big")},
        "ok": {"BOOL": number % 2 == 0},
        "tags": {"SS": ["a", f"t{number % 5}"]},
        "deep": {"M": {"list": {"L": [{"N": "1"}, {"S": "x"}]}}},
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("files")
    made = RunningServer(scratch, "--data", scratch / "data")
    yield made
    made.kill()


def scanned(dynamodb: Any, table: str) -> list[str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    return sorted(
        json.dumps(each, sort_keys=True, default=bytes.hex)
        for page in pages
        for each in page["Items"]
    )


@pytest.fixture(scope="module")
def filled(server: RunningServer) -> str:
    dynamodb = server.client()
    table = make(dynamodb, "pk", "/sk:N")
    put_all(dynamodb, table, [item(number) for number in range(300)])
    return table


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv", "a.parquet", "a.ion"])
def test_out_and_back(server: RunningServer, filled: str, tmp_path: Path, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    dynamodb = server.client()
    file = tmp_path / name
    out = jedlik("export", filled, file, "--endpoint", server.url)
    assert out.returncode == 0, out.stderr
    assert "300 items" in out.stdout
    target = f"back-{name.replace('.', '-')}-{filled}"
    back = jedlik("import", file, target, "--create", "pk,sk:N", "--endpoint", server.url)
    assert back.returncode == 0, back.stderr
    assert scanned(dynamodb, target) == scanned(dynamodb, filled)
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing is left behind"


def test_masked_sampled_and_limited(server: RunningServer, filled: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(f'[tables."{filled}"]\npk = "hash"\n"deep.list[]" = "redact"\n')
    file = tmp_path / "part.jsonl"
    options = ("--mask", rules, "--sample", "0.5", "--endpoint", server.url)
    assert jedlik("export", filled, file, *options).returncode == 0
    lines = [json.loads(each)["Item"] for each in file.read_text().splitlines()]
    assert 90 < len(lines) < 210
    assert not any(each["pk"]["S"].startswith("p0") for each in lines)
    assert lines[0]["deep"] == {"M": {"list": {"L": [{"N": "0"}, {"S": "***"}]}}}
    few = tmp_path / "few.json"
    done = jedlik("export", filled, few, "--limit", "7", "--format", "json", "--endpoint",
                  server.url)  # fmt: skip
    assert done.returncode == 0
    plain = [json.loads(each) for each in few.read_text().splitlines()]
    assert len(plain) == 7
    assert isinstance(plain[0]["price"], float)


def test_what_is_wrong_is_shown_and_the_rest_put(server: RunningServer, tmp_path: Path) -> None:
    dynamodb = server.client()
    table = make(dynamodb, "pk")
    lines = [json.dumps({"Item": {"pk": {"S": f"{n}"}}}) for n in range(60)]
    lines[10:10] = ['{"Item":{"other":{"S":"x"}}}', "{no", '{"Item":{"pk":{"N":"1"}}}']
    lines.append(lines[0])
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(lines))
    done = jedlik("import", file, table, "--endpoint", server.url)
    assert done.returncode == 1
    assert "Put 61 items" in done.stdout
    assert "3 items were wrong" in done.stderr
    assert len(scanned(dynamodb, table)) == 60


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.txt", ()), ("a.jsonl", ("--mask", "a.jsonl")), ("a.jsonl", ("--create", "pk:X"))],
)
def test_what_cannot_be_imported_makes_no_table(
    server: RunningServer, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    file = tmp_path / name
    file.write_text('{"Item": {"pk": {"S": "a"}}}')
    given = [tmp_path / each if each == name else each for each in options]
    target = f"not-made-{tmp_path.name}"
    done = jedlik("import", file, target, "--create", "pk", *given, "--endpoint", server.url)
    assert done.returncode == 2, done.stderr
    assert target not in server.client().list_tables()["TableNames"]


def test_a_wrong_key_to_create_is_an_error_of_existing_tables_too(
    server: RunningServer, filled: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("")
    done = jedlik("import", file, filled, "--create", "pk:X", "--endpoint", server.url)
    assert done.returncode == 2
    assert "types S, N or B" in done.stderr


def test_an_interrupted_command_goes_on(server: RunningServer, filled: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    options = ("--segments", "1", "--endpoint", server.url)
    assert jedlik("export", filled, file, *options).returncode == 0
    whole = file.read_bytes()
    first = whole.splitlines(keepends=True)[:100]
    last = json.loads(first[-1])["Item"]
    arn = server.client().describe_table(TableName=filled)["Table"]["TableArn"]
    choices = {"format": None, "mask": None, "sample": 1.0, "limit": None}
    state = {
        "what": {"export": arn, **choices, "of": 1},
        "state": {
            "size": len(b"".join(first)),
            "items": 100,
            "segments": [{"pk": last["pk"], "sk": last["sk"]}],
        },
    }
    file.unlink()
    (tmp_path / "a.jsonl.part").write_bytes(b"".join(first) + b'{"half of a li')
    (tmp_path / "a.jsonl.resume").write_text(json.dumps(state))
    refused = jedlik("export", filled, file, "--segments", "2", "--endpoint", server.url)
    assert refused.returncode == 2
    assert "other options" in refused.stderr
    done = jedlik("export", filled, file, *options)
    assert done.returncode == 0, done.stderr
    assert "100 of them before" in done.stdout
    assert file.read_bytes() == whole


def test_errors_are_one_line(server: RunningServer, tmp_path: Path) -> None:
    missing = jedlik("export", "none", tmp_path / "a.jsonl", "--endpoint", server.url)
    assert missing.returncode == 1
    assert "not found" in missing.stderr
    unnamed = jedlik("export", "none", tmp_path / "a", "--endpoint", server.url)
    assert unnamed.returncode in (1, 2)
    nobody = jedlik("export", "none", tmp_path / "a.jsonl", "--endpoint", "http://127.0.0.1:1")
    assert nobody.returncode == 1
    assert "Traceback" not in missing.stderr + unnamed.stderr + nobody.stderr
