"""Key templates: `ORDER#{at}` is the text `ORDER#` before the value of the attribute `at`.

Literal braces are doubled.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Final, NamedTuple

_NAME: Final = re.compile(r"[\w.\-]+\Z")


class TemplateError(Exception):
    """A template that cannot be parsed; the text says why."""


class Template(NamedTuple):
    """A key's text. `parts` are its literal texts and `names` the placeholders between them, one
    fewer."""

    text: str
    parts: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def is_constant(self) -> bool:
        """Whether every key made by it is the same."""
        return not self.names

    @property
    def text_made(self) -> str:
        """The one key of a constant template."""
        return self.parts[0]

    @property
    def prefix(self) -> str:
        """The common prefix of all its keys."""
        return self.parts[0]

    def matches(self, key: str) -> bool:
        """Whether a key matches it: a placeholder is at least one character.

        The first match of a text leaves most for the others, so none is tried twice: models may
        come from any source, and a regular expression could be made to take very long.
        """
        if self.is_constant:
            return key == self.text_made
        if not key.startswith(self.parts[0]):
            return False
        at = len(self.parts[0])
        for part in self.parts[1:-1]:
            found = key.find(part, at + 1)
            if found < 0:
                return False
            at = found + len(part)
        last = self.parts[-1]
        return key.endswith(last) and len(key) - len(last) > at

    def overlaps(self, other: Template) -> bool:
        """Whether both may have keys with the same beginning; False is certain, True is not."""
        shorter = min(len(self.prefix), len(other.prefix))
        if self.is_constant and other.is_constant:
            return self.text_made == other.text_made
        return self.prefix[:shorter] == other.prefix[:shorter]


def parse_template(text: str) -> Template:
    """The template of a text. Raises TemplateError."""
    parts = [""]
    names = []
    try:
        for literal, name, layout, conversion in Formatter().parse(text):
            parts[-1] += literal
            if name is not None:
                if layout or conversion or not _NAME.match(name):
                    raise TemplateError(f"{{{name}}} in {text!r} is not the name of an attribute")
                names.append(name)
                parts.append("")
    except ValueError as error:
        raise TemplateError(f"{text!r}: {error}") from None
    return Template(text, tuple(parts), tuple(names))
