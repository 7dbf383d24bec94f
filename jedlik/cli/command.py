"""The command `jedlik`: finds its subcommands and turns every failure into one line.

Subcommands are named here, and loaded only when they (or their help) are called: `jedlik serve`
should not take the time to load `jedlik verify`, nor `jedlik --help` either of them.
"""

from __future__ import annotations

import errno
import importlib
import sys
from typing import Any, Final, NamedTuple

import click

from jedlik import __version__
from jedlik.base.interrupts import INTERRUPTS
from jedlik.cli.exits import EPILOG, FOUND, INTERRUPTED, USAGE, Failure, complain
from jedlik.cli.options import dynamodb_local


class _Lazy(NamedTuple):
    module: str
    name: str
    help: str

    def load(self) -> click.Command:
        command: click.Command = getattr(importlib.import_module(self.module), self.name)
        return command


COMMANDS: Final = {
    "serve": _Lazy("jedlik.cli.serve", "serve", "Run the server."),
    "dax": _Lazy(
        "jedlik.cli.dax", "dax", "Run the DAX cache alone, in front of any DynamoDB endpoint."
    ),
    "seed": _Lazy(
        "jedlik.cli.seed", "seed", "Put tables and items from files into a running server."
    ),
    "model": _Lazy(
        "jedlik.cli.model.commands",
        "model",
        "Check data models; print their tables for other tools.",
    ),
    "export": _Lazy("jedlik.cli.table_files", "export", "Copy the items of a table into a file."),
    "import": _Lazy("jedlik.cli.table_files", "import_", "Put the items of a file into a table."),
    "tail": _Lazy("jedlik.cli.tail", "tail", "Follow the requests of a running server."),
    "verify": _Lazy(
        "jedlik.cli.verify", "verify", "Check everything in a data directory or engine."
    ),
    "verify-engine": _Lazy(
        "jedlik.cli.verify_engine",
        "verify_engine",
        "Test a shared engine's guarantees and speed.",
    ),
    "copy": _Lazy("jedlik.cli.copy", "copy", "Copy a whole database between engines."),
    "backup": _Lazy("jedlik.cli.backup", "backup", "Copy the data of a running server."),
    "restore": _Lazy("jedlik.cli.backup", "restore", "Create the data directory from a copy."),
    "advise": _Lazy(
        "jedlik.cli.advise", "advise", "Report what tables cost and what could be improved."
    ),
    "mcp": _Lazy("jedlik.cli.mcp.command", "mcp", "Offer a running server to agents as tools."),
    "keys": _Lazy(
        "jedlik.cli.keys.keys", "keys", "Manage administrators' access keys and root keys."
    ),
    "manual": _Lazy("jedlik.cli.manual", "manual", "Print a page of the manual."),
    "completion": _Lazy(
        "jedlik.cli.completion", "completion", "Print a completion script for a shell."
    ),
    "version": _Lazy("jedlik.cli.version", "version", "Print the version."),
}


_SHOWN: Final = 64
"""Characters shown of a name that is too long."""

_NOT_WRITTEN: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Errors in writing standard output to a file: the disk is full or broken."""
_FOR_SERVE: Final = frozenset(("dev", "local", "run", "server", "start", "up"))
"""Names of the command `serve` in other programs."""


class LazyGroup(click.Group):
    """The group of COMMANDS. Its help is written from the table, so that no command is loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        lazy = COMMANDS.get(cmd_name)
        return lazy and lazy.load()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but with the nearest name suggested for an unknown command."""
        try:
            found = super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # noqa: PLC0415  for mistakes alone

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            if args[0] in _FOR_SERVE:
                near = ["serve"]
            if not near:
                raise
            text = f"{error.message.rstrip('.')}. Did you mean '{near[0]}'?"
            raise click.UsageError(text, ctx) from error
        INTERRUPTS.raise_exceptions()  # the command is loaded
        return found

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="%(version)s")
def command() -> None:
    """A database server that speaks Amazon DynamoDB's API.

    `jedlik serve` is all you need to start; `jedlik COMMAND --help` describes each command.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code. Every failure is one line on stderr."""
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        given = sys.argv[1:] if arguments is None else arguments
        translated = dynamodb_local.translated(given)
        if translated is not None:
            complain(dynamodb_local.hint(translated))
            given = translated
        if given[:1] == ["help"]:  # as of git, go, npm and others
            given = [*given[1:], "--help"]
        result: Any = command.main(given, prog_name="jedlik", standalone_mode=False)
    except Failure as error:
        complain(error.format_message())
        return error.code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.UsageError as error:
        complain(f"{_meant(error, given)} (help: {_help_for(error, given)})")
        return error.exit_code
    except click.ClickException as error:
        complain(error.format_message())
        return error.exit_code
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            name = str(error.filename).rpartition("/")[2]
            complain(f"no file can have so long a name: {name[:_SHOWN]}...")
            return USAGE
        if error.errno not in _NOT_WRITTEN or error.filename is not None:
            raise
        complain(f"what it printed could not be written: {error.strerror}")
        return FOUND
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _meant(error: click.UsageError, given: list[str]) -> str:
    """What is wrong with the command line, and what was probably meant."""
    from jedlik.cli.options import slips  # noqa: PLC0415  for mistakes alone

    if isinstance(error, click.NoSuchOption):
        return slips.unknown_option(error, given, COMMANDS["serve"].load())
    return slips.extra_argument(error) or error.format_message().rstrip(".")


def _help_for(error: click.UsageError, given: list[str]) -> str:
    """The command that prints the help about what was wrong."""
    if error.ctx is not None:
        return f"{error.ctx.command_path} --help"
    # click's parser does not say which command's arguments it was reading.
    return " ".join(["jedlik", *[name for name in given[:1] if name in COMMANDS], "--help"])
