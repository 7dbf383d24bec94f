"""Writes packaging/man/jedlik.1: the manual page, generated from the commands themselves.

python scripts/man_page.py
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click

from jedlik import __version__
from jedlik.cli.command import COMMANDS
from jedlik.cli.exits import EPILOG

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "packaging" / "man" / "jedlik.1"

_HEAD = r"""jedlik \- a database server that speaks Amazon DynamoDB's API
.SH SYNOPSIS
.B jedlik
.I COMMAND
.RI [ OPTIONS ]
.SH DESCRIPTION
.B jedlik serve
runs the server, on http://127.0.0.1:8000 with its data in
.I ./jedlik-data
unless options say otherwise.
boto3, the AWS CLI and every other tool made for DynamoDB work against it once their endpoint is
changed.
The options of DynamoDB Local
.RB ( \-port ,
.BR \-inMemory ,
.BR \-sharedDb ,
.BR \-dbPath )
are understood too.
.PP
.B jedlik manual
prints the names of the pages of the manual, and
.B jedlik manual
.I PAGE
one of them.
"""
_FILES = r""".SH FILES
.TP
.I ./jedlik\-data
the data directory, unless
.B \-\-data
names another
.TP
.I ~/.config/jedlik/tls
the authority and the certificates of
.B \-\-tls auto
"""
_EXIT = re.compile(r"^ +(\d+)  (.+)$", re.MULTILINE)


def escaped(text: str) -> str:
    """Text in which troff leaves everything unchanged, even lines that begin with a control
    character."""
    plain = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", plain, flags=re.MULTILINE)


def render() -> str:
    """The page."""
    lines = [f'.TH JEDLIK 1 "" "Jedlik {__version__}" "User Commands"', ".SH NAME", _HEAD.rstrip()]
    lines.append(".SH COMMANDS")
    for name, lazy in COMMANDS.items():
        made: click.Command = getattr(importlib.import_module(lazy.module), lazy.name)
        lines += _command(f"jedlik {name}", made)
    lines.append(".SH EXIT STATUS")
    for code, meaning in _EXIT.findall(EPILOG):
        lines += [".TP", f".B {code}", escaped(meaning)]
    lines += [_FILES.rstrip(), ".SH SEE ALSO", ".BR aws (1)"]
    return "\n".join(lines) + "\n"


def _command(path: str, command: click.Command) -> Iterator[str]:
    arguments = [each.make_metavar(click.Context(command)) for each in command.params
                 if isinstance(each, click.Argument)]  # fmt: skip
    yield f'.SS "{escaped(" ".join([path, *arguments]))}"'
    yield from _paragraphs(command.help or "")
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _command(f"{path} {name}", each)
        return
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            yield from _option(option, click.Context(command))


def _option(option: click.Option, context: click.Context) -> Iterator[str]:
    record = option.get_help_record(context)
    assert record is not None
    names, text = record
    yield ".TP"
    yield f".B {escaped(names)}"
    yield escaped(" ".join(text.split()))


def _paragraphs(text: str) -> Iterator[str]:
    """A docstring's paragraphs; those that click prints as they are (after \\b) too."""
    for paragraph in text.strip().split("\n\n"):
        yield ".PP"
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines[0] == "\b":
            yield from (".nf", *map(escaped, lines[1:]), ".fi")
        else:
            yield escaped(" ".join(lines))


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
