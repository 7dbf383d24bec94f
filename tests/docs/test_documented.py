"""Everything that users can name is documented: options, variables, operations, engines, targets,
limits."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import click
import pytest

from jedlik.app.settings import Settings
from jedlik.base import limits
from jedlik.cli import exits
from jedlik.cli.command import COMMANDS
from jedlik.http.settings import HttpSettings
from jedlik.services.dynamodb.database.database import LONG_READ, LONG_READS
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.operations.tables import create_table
from jedlik.services.dynamodb.shapes import OPERATIONS as SHAPES
from jedlik.storage.directory import DataDirectory
from jedlik.storage.groupcommit import MAX_WAITING
from tests.docs.pages import MANUAL, PAGES, ROOT, text

SERVE = getattr(importlib.import_module(COMMANDS["serve"].module), COMMANDS["serve"].name)
OPTIONS = [option for option in SERVE.params if isinstance(option, click.Option)]
OPTION_ROW = re.compile(r"^\| `(--[a-z-]+)` \| `(JEDLIK_\w+)` \| (.*?) \| .+ \|$", re.MULTILINE)


def test_the_table_of_options_is_that_of_serve() -> None:
    rows = {option: variable for option, variable, _ in OPTION_ROW.findall(text("operations.md"))}
    assert rows == {option.opts[0]: option.envvar for option in OPTIONS}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_its_defaults_are_those_of_serve(option: click.Option) -> None:
    rows = {name: default for name, _, default in OPTION_ROW.findall(text("operations.md"))}
    documented = rows[option.opts[0]].strip("`")
    told = re.search(r"\[default: (.+)\]", option.help or "")
    if option.is_flag:
        assert documented == ("on" if option.default is True else "off")
    elif told:
        assert documented == told[1]
    elif option.name == "data":
        assert documented == f"./{Settings().directory}"
    elif not isinstance(option.default, str | int | float):
        assert documented == "none"
    else:
        default = option.default
        assert documented == (f"{default:g}" if isinstance(default, float) else str(default))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    command = getattr(importlib.import_module(COMMANDS[name].module), COMMANDS[name].name)
    arguments = [part.metavar or part.name.upper() for part in command.params
                 if isinstance(part, click.Argument)]  # fmt: skip
    assert f"| `{' '.join(['jedlik', name, *arguments])}` |" in text("operations.md")


def test_every_exit_code_is_documented() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper() and name != "EPILOG"}
    for code in codes:
        assert f"\n| {code} | " in text("operations.md")


def test_every_environment_variable_is_documented() -> None:
    """Every environment variable that Jedlik reads."""
    documented = set(re.findall(r"`(JEDLIK_\w+)`", "".join(map(text, PAGES))))
    sources = [*(ROOT / "jedlik").rglob("*.py"), *(ROOT / "tests").rglob("*.py"),
               *(ROOT / "bench").rglob("*.py"), *(ROOT / "packaging/npm/lib").iterdir(),
               ROOT / "Makefile"]  # fmt: skip
    read = {
        name
        for source in sources
        if source != Path(__file__)
        for name in re.findall(r"\b(JEDLIK_[A-Z]+(?:_[A-Z]+)*)\b", source.read_text("utf-8"))
    }
    assert read <= documented
    assert documented <= read | {option.envvar for option in OPTIONS}


def test_every_operation_is_documented() -> None:
    built = re.findall(r"`([A-Z]\w+)`", text("api.md").split("| Operations |")[1])
    assert sorted(built) == sorted(OPERATIONS)
    every = set(re.findall(r"`([A-Z]\w+)`", "".join(text(page) for page in MANUAL)))
    assert {name for _, name, *_ in SHAPES} <= every


@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        ("CreateTable", create_table.UNAVAILABLE),
    ],
)
def test_refused_parameters(operation: str, refused: tuple[str, ...]) -> None:
    table = text("differences.md").split("## Parameters that are refused")[1].split("##")[0]
    row = re.search(rf"^\| {operation} \| (.*) \| never \|$", table, re.MULTILINE)
    assert row is not None
    assert sorted(re.findall(r"`(\w+)`", row[1])) == sorted(refused)


def test_every_engine_is_documented() -> None:
    storage = ROOT / "jedlik" / "storage"
    names = {
        path.relative_to(storage).with_suffix("").parts[0]  # all those of a package have its name
        for path in storage.rglob("*.py")
        if re.search(r"^class [A-Z]\w+Engine\b", path.read_text("utf-8"), re.MULTILINE)
    }
    engines = names - {"engine", "prefixed"}  # the interface, and a part of any engine
    assert engines >= {"lmdb", "memory"}
    table = text("operations.md").split("## Engines")[1].split("##")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == engines


def test_every_make_target_is_documented() -> None:
    targets = set(re.findall(r"^([a-z-]+):(?!=)", text(ROOT / "Makefile"), re.MULTILINE))
    assert len(targets) > 10
    assert targets == set(re.findall(r"`make ([a-z-]+)`", text(ROOT / "CONTRIBUTING.md")))


def test_limits_of_the_front_door() -> None:
    page, http = text("operations.md"), HttpSettings()
    for row in (
        f"| Request body, also after decompression | {http.max_body_size // limits.MIB} MiB",
        f"| Headers | {http.max_headers_size // limits.KIB} KiB, {http.max_headers} of them |",
        f"| Request target | {http.max_target_size // limits.KIB} KiB |",
        f"| Time for the headers | {http.header_timeout:g} s |",
        f"| Time for the body | {http.body_timeout:g} s, ",
        f"longer as long as in each further {http.body_timeout:g} s ",
        f" s {http.minimum_body_rate // limits.KIB} KiB a second arrive |",
        f"| Unfinished requests of a client | {http.max_client_pending // limits.MIB} MiB, ",
        f", of all clients {http.max_pending // limits.MIB} MiB a process",
        f" being carried out | {http.max_carried_out // limits.MIB} MiB for all clients of a",
        f"| Reads of more than {LONG_READ // limits.KIB} KiB in progress | {LONG_READS} a process",
        f"| Idle connections | closed after {http.idle_timeout:g} s |",
        f"| Answers left unread | connection closed after {http.write_timeout:g} s, ",
        f" leave more than {http.max_unread // limits.MIB} MiB unread",
        f"| Requests of a connection waiting for their answers | {http.max_pipelined}, ",
        f"| Connections | {http.max_connections:,} a process, ",
        f" a process, of one client {http.max_client_connections:,}",
        f"| Writes waiting for a commit | {MAX_WAITING:,} a process, ",
    ):
        assert row in page


def test_files_of_the_data_directory(tmp_path: Path) -> None:
    directory = DataDirectory.open(tmp_path / "data")
    names = {path.name for path in directory.path.iterdir()}
    directory.close()
    page = text("operations.md")
    assert all(f"`{name}`" in page or f"`{name}/" in page for name in names)


def test_every_floor_has_a_row() -> None:
    page = text("architecture.md")
    floors = {path.parent.name for path in (ROOT / "jedlik").glob("*/__init__.py")}
    services = {path.parent.name for path in (ROOT / "jedlik/services").glob("*/__init__.py")}
    assert {room for room in floors | services if f"| `{room}` |" not in page} == set()


def test_every_dependency_has_a_reason() -> None:
    listed = re.search(
        r"^dependencies = \[(.*?)\]", text(ROOT / "pyproject.toml"), re.MULTILINE | re.DOTALL
    )
    assert listed is not None
    table = text("architecture.md").split("## Dependencies")[1]
    wanted = set(re.findall(r'"([a-z0-9-]+)', listed[1]))
    assert wanted == set(re.findall(r"^\| ([a-z0-9-]+) \|", table, re.MULTILINE))
