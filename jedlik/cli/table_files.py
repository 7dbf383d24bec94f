"""`jedlik export` and `jedlik import`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jedlik.base.errors import ServiceError
from jedlik.cli import exits
from jedlik.cli.options.numbers import Number
from jedlik.cli.options.remote import remote_of, remote_options
from jedlik.cli.progress import progress_bar
from jedlik.cli.terminal import counted, show
from jedlik.storage.disk import in_words
from jedlik.tablefiles.exporting import Exported, ExportTask, export_table
from jedlik.tablefiles.formats import FORMATS, FileError, form, format_of
from jedlik.tablefiles.importing import Imported, ImportTask, import_items
from jedlik.tablefiles.masks import read_masks
from jedlik.tablefiles.resuming import Resuming
from jedlik.tablefiles.sampling import Selection, sampler
from jedlik.values.attribute import Item

if TYPE_CHECKING:
    from jedlik.app.remote import Remote

_SEGMENTS: Final = 4
_AGAIN: Final = "Run the command again to continue where it stopped"

_format = click.option(
    "--format",
    "form_name",
    type=click.Choice(FORMATS),
    help="Format of the file.  [default: by its name: .json, .jsonl and .ndjson are DynamoDB "
    "JSON, .ion, .csv, .parquet; followed by .gz, it is compressed]",
)
_mask = click.option(
    "--mask",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="RULES",
    help="TOML file that defines which attributes are hashed, redacted or replaced by fake "
    "values; see `jedlik manual moving`.",
)
_sample = click.option(
    "--sample",
    type=Number(0.0, 1.0),
    default=1.0,
    metavar="FRACTION",
    help="Keep only this fraction of the partition keys, each with all of its items; the same "
    "keys in every table.  [default: 1, all]",
)
_limit = click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="At most this many items."
)


@click.command("export")
@click.argument("table")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_format
@_mask
@_sample
@_limit
@click.option(
    "--segments",
    metavar="N",
    type=click.IntRange(1, 1000),
    default=_SEGMENTS,
    show_default=True,
    help="Number of parallel scans.",
)
@remote_options
@click.pass_context
def export(ctx: click.Context, /, table: str, file: Path, **given: Any) -> None:
    """Copy the items of a table into a file.

    TABLE can be on any DynamoDB endpoint: Jedlik's, or the service itself
    (--endpoint https://dynamodb.REGION.amazonaws.com). Items that change during the export may
    appear as they were before or after the change. After an interruption, run the command again and
    it resumes. Requests are signed with the credentials from the environment.
    """
    if not file.parent.is_dir():
        raise exits.Failure(f"{file.parent.absolute()} is not an existing directory", exits.USAGE)
    remote = remote_of(ctx, given)

    async def run(progress: Callable[[int, int | None], None]) -> Exported:
        async with remote:
            model = (await remote.call("DescribeTable", {"TableName": table}))["Table"]
            task = ExportTask(
                table=table,
                path=file,
                form=format_of(file, given["form_name"]),
                segments=given["segments"],
                selection=_selection(given, model),
                what={"export": model["TableArn"], **_choices(given), "of": given["segments"]},
            )
            return await export_table(remote.call, task, progress)

    exported = _run("Exporting items", run)
    again = f", {exported.before:,} of them before" if exported.before else ""
    show(f"Exported {counted(exported.items, 'item')} of {table} to {file}{again}.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("table")
@_format
@_mask
@_sample
@_limit
@click.option(
    "--create",
    metavar="KEY",
    help="Create the table, in on-demand mode, if it does not exist: `pk` or `pk:S,sk:N`, the "
    "partition key and the sort key with their types (S if not given).",
)
@remote_options
@click.pass_context
def import_(ctx: click.Context, /, file: Path, table: str, **given: Any) -> None:
    """Put the items of a file into a table.

    The table must exist, or is created with --create. Existing items with the same keys are
    replaced. Invalid items are shown and counted while the others are put; the exit code is then 1.
    After an interruption, run the command again and it resumes.
    """
    remote = remote_of(ctx, given)
    planned = None if given["create"] is None else _planned(ctx, table, given["create"])

    async def run(progress: Callable[[int, int | None], None]) -> Imported:
        async with remote:
            found = await _described(remote, table)
            model = found or planned
            if model is None:
                raise exits.Failure(
                    f"there is no table {table}; --create KEY makes it (--create pk:S,sk:N)",
                    exits.FOUND,
                )
            keys = {each["AttributeName"]: each["AttributeType"] for each in
                    model["AttributeDefinitions"]}  # fmt: skip
            names = tuple(each["AttributeName"] for each in model["KeySchema"])
            items = form(format_of(file, given["form_name"])).read(file, keys)
            selection = _selection(given, model)
            if found is None:  # not before it is known that the file and the masks can be used
                await remote.send("CreateTable", model)
                model = (await remote.call("DescribeTable", {"TableName": table}))["Table"]
            what = {
                "import": _identity(file),
                "into": model["TableArn"],
                **_choices(given),
            }
            state = file.with_name(f"{file.name}.{table.rpartition('/')[2]}.resume")
            return await import_items(
                remote.call,
                items,
                ImportTask(table, names, selection),
                Resuming(state, what),
                exits.complain,
                lambda done: progress(done, None),
            )

    imported = _run("Importing items", run)
    again = f" ({counted(imported.before, 'line')} done before)" if imported.before else ""
    show(f"Put {counted(imported.items, 'item')} into {table}{again}.")
    if imported.wrong:
        were = "was" if imported.wrong == 1 else "were"
        text = f"{counted(imported.wrong, 'item')} {were} wrong and left out"
        raise exits.Failure(text, exits.FOUND)


def _run(what: str, run: Callable[[Callable[[int, int | None], None]], Any]) -> Any:
    """Run a command with a progress bar, its failures as those of commands."""
    has_begun = False

    def note(done: int, expected: int | None) -> None:
        nonlocal has_begun
        has_begun = True
        progress(done, expected)

    try:
        with progress_bar(what) as progress:
            return asyncio.run(run(note))
    except (FileError, ServiceError, OSError, ExceptionGroup) as raised:
        raise _failure(_first(raised), has_begun=has_begun) from raised


def _failure(error: Exception, *, has_begun: bool) -> Exception:
    """What the command reports; an error of the program itself as it is."""
    if isinstance(error, FileError):
        return exits.Failure(str(error), exits.USAGE)
    if isinstance(error, ServiceError):
        # Once it has begun, most often the server has gone away.
        text = f"{error.message.removesuffix('.')}. {_AGAIN}" if has_begun else error.message
        return exits.Failure(text, exits.FOUND)
    if isinstance(error, OSError):
        return exits.Failure(f"{in_words(error)}. {_AGAIN}", exits.FOUND)
    return error


def _first(raised: Exception) -> Exception:
    """The first of the errors of parallel tasks. Not by `except*`: what that raises becomes part of
    a group again, which no command reports in a line."""
    while isinstance(raised, ExceptionGroup):
        raised = raised.exceptions[0]
    return raised


def _identity(file: Path) -> list[Any]:
    """What is the same as long as a file is the same."""
    status = file.stat()
    return [str(file.resolve()), status.st_size, status.st_mtime_ns]


def _choices(given: dict[str, Any]) -> dict[str, Any]:
    """The options that have to be the same for a command to go on."""
    mask = given["mask"]
    return {
        "format": given["form_name"],
        "mask": None if mask is None else mask.read_text(encoding="utf-8", errors="replace"),
        "sample": given["sample"],
        "limit": given["limit"],
    }


def _selection(given: dict[str, Any], model: dict[str, Any]) -> Selection:
    return Selection(
        sampler(given["sample"], _partition_key(model)),
        _masked(given["mask"], model),
        given["limit"],
    )


def _partition_key(model: dict[str, Any]) -> str:
    return str(model["KeySchema"][0]["AttributeName"])


def _masked(rules: Path | None, model: dict[str, Any]) -> Callable[[Item], Item]:
    if rules is None:
        return lambda item: item
    names = [each["AttributeName"] for each in model["KeySchema"]]
    return read_masks(rules).of_table(model["TableName"], names)


async def _described(remote: Remote, table: str) -> dict[str, Any] | None:
    """The description of a table, if it exists."""
    from jedlik.kernel.remote.service_error import (  # noqa: PLC0415 (help does without it)
        RemoteServiceError,
    )

    try:
        found: dict[str, Any] = (await remote.call("DescribeTable", {"TableName": table}))["Table"]
    except RemoteServiceError as error:
        if error.remote_code != "ResourceNotFoundException":
            raise
        return None
    return found


def _planned(ctx: click.Context, table: str, create: str) -> dict[str, Any]:
    """The parameters of CreateTable for the value of --create."""
    keys = [part.partition(":") for part in create.split(",")]
    if not 0 < len(keys) <= 2 or any(kind not in ("", "S", "N", "B") for _, _, kind in keys):
        raise click.UsageError("--create is NAME[:TYPE][,NAME[:TYPE]], types S, N or B", ctx)
    return {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": name, "KeyType": role}
            for (name, _, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind or "S"} for name, _, kind in keys
        ],
    }
