"""`jedlik manual`: the pages of the manual, which come with the package.

Errors of the server point to them by this command: an installation has no `docs` directory. In the
source tree they are there; a wheel has them inside the package (see pyproject.toml).
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from jedlik.cli.exits import Failure

_PACKAGE: Final = Path(__file__).parents[1]
_PLACES: Final = (_PACKAGE / "manual", _PACKAGE.parent / "docs")
_USAGE: Final = 2


def _completed(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """The pages whose names begin so, for a shell."""
    return [
        CompletionItem(name, help=title)
        for name, title in titles().items()
        if name.startswith(begun)
    ]


@click.command()
@click.argument("page", required=False, shell_complete=_completed)
def manual(page: str | None) -> None:
    """Print a page of the manual.

    Pages are Markdown. Without PAGE, the names of all pages are printed."""
    if page is None:
        click.echo("\n".join(f"{name:<16} {title}" for name, title in titles().items()))
        return
    click.echo(page_text(page), nl=False)


def titles() -> dict[str, str]:
    """The titles of all pages, by their names. Raises Failure."""
    return {name: _title(path) for name, path in _pages().items()}


def page_text(page: str) -> str:
    """A page by its name. Raises Failure."""
    path = _pages().get(page.removesuffix(".md").lower())
    if path is None:
        near = difflib.get_close_matches(page, _pages(), n=1)
        meant = f", but {near[0]}" if near else ""
        raise Failure(f"the manual has no page {page}{meant}; `jedlik manual` lists them", _USAGE)
    return path.read_text(encoding="utf-8")


def _pages() -> dict[str, Path]:
    """The pages by name."""
    for place in _PLACES:
        found = {path.stem: path for path in sorted(place.glob("*.md")) if path.stem != "README"}
        if "differences" in found:
            return found
    raise Failure("this installation came without its manual", _USAGE)


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return next(lines).lstrip("# ").rstrip()
