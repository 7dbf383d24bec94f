"""The man page is up to date with the command line."""

from __future__ import annotations

from jedlik.cli.command import COMMANDS
from scripts.man_page import TARGET, escaped, render


def test_the_man_page_is_current() -> None:
    assert TARGET.read_text("utf-8") == render(), "make man"


def test_the_man_page_has_every_command() -> None:
    for name in COMMANDS:
        assert escaped(f"jedlik {name}") in render()


def test_text_is_never_a_request_of_troff() -> None:
    assert escaped("a-b\\c") == r"a\-b\ec"
    assert escaped(".SH x\n'br") == "\\&.SH x\n\\&'br"
