"""Recognizes the kind of a seed's file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath
from typing import Any, Final

import orjson

from jedlik.base.limits import MAX_TABLE_NAME_SIZE, MIN_TABLE_NAME_SIZE
from jedlik.seeding import cloudformation, item_files, requests, terraform, workbench
from jedlik.seeding.seed import Seed, SeedError

_IS_TABLE_NAME: Final = re.compile(
    f"[a-zA-Z0-9_.-]{{{MIN_TABLE_NAME_SIZE},{MAX_TABLE_NAME_SIZE}}}"
).fullmatch

_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".csv", ".yaml", ".yml", ".template")

_KINDS: Final[tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Seed]], ...]] = (
    (cloudformation.recognizes, cloudformation.read),
    (terraform.recognizes, terraform.read),
    (workbench.recognizes, workbench.read),
    (requests.recognizes, requests.read),
    (item_files.recognizes, item_files.read),
)
"""Kinds of documents, in the order in which they are tried."""


def read_seeds(paths: Iterable[Path]) -> Seed:
    """The contents of all these files; of a folder, all files in it with an extension of seeds.

    Raises SeedError.
    """
    seed = Seed()
    for path in paths:
        for file in _files(path):
            seed.add(read_seed(file))
    return seed


def read_seed(path: Path) -> Seed:
    """The contents of one file. Raises SeedError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SeedError(f"{path}: cannot be read: {error}") from error
    return read_text(str(path), content)


def read_text(name: str, content: bytes) -> Seed:
    """The seed in a file's content; its name tells its kind. Raises SeedError."""
    try:
        return _sendable(_read(PurePath(name), content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise SeedError(f"{name}: cannot be read: {error}") from error
    except RecursionError as error:
        raise SeedError(f"{name}: it is nested too deeply") from error
    except (LookupError, TypeError, AttributeError, ValueError, csv.Error) as error:
        # A document of a known kind, but malformed.
        raise SeedError(f"{name}: {type(error).__name__}: {error}") from error
    except SeedError as error:
        raise SeedError(f"{name}: {error}") from error


def _read(path: PurePath, text: str) -> Seed:
    name = path.name.partition(".")[0]
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return item_files.read_csv(text, name)
    if suffix in (".jsonl", ".ndjson"):
        return item_files.read_lines(text, name)
    document = _document(text, suffix)
    for recognizes, read in _KINDS:
        if recognizes(document):
            return read(document, name)
    if isinstance(document, dict) and {"service", "provider"} <= document.keys():
        raise SeedError(
            "Serverless Framework's variables are not resolved here; seed the template in which "
            "they are: .serverless/cloudformation-template-update-stack.json, after "
            "`serverless package`"
        )
    raise SeedError(
        "neither a CloudFormation or SAM template, nor a Terraform plan (terraform show -json), "
        "nor a NoSQL Workbench model, nor input of aws dynamodb, nor items"
    )


def _sendable(seed: Seed) -> Seed:
    """The seed, checked: tables have names, and values are JSON's, since YAML has more."""
    if not all("TableName" in table.definition for table in seed.tables):
        raise SeedError("a table has no TableName")
    try:
        orjson.dumps([[table.definition for table in seed.tables], seed.items])
    except orjson.JSONEncodeError as error:
        raise SeedError(f"a value cannot be expressed in JSON: {error}") from error
    for name in seed.items:
        if not _IS_TABLE_NAME(name):
            raise SeedError(
                f"'{name}' is not a table name (files of items are named after tables): that has "
                f"{MIN_TABLE_NAME_SIZE} to {MAX_TABLE_NAME_SIZE} of A-Z, a-z, 0-9, '_', '-' and '.'"
            )
    return seed


def _document(text: str, suffix: str) -> Any:
    if suffix in (".yaml", ".yml") or (suffix == ".template" and not text.lstrip().startswith("{")):
        return cloudformation.parse_yaml(text)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SeedError(f"not valid JSON: {error}") from error


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise SeedError(f"{path}: no such file or folder")
    if not path.is_dir():
        return [path]
    files = (file for file in path.iterdir() if file.is_file())  # no pipes: they may never end
    found = sorted(file for file in files if file.suffix.lower() in _SUFFIXES)
    if not found:
        raise SeedError(f"{path}: no file in it ends in {', '.join(_SUFFIXES)}")
    return found
