"""Input that cannot be read at all, so that the rest cannot be trusted either, and lines that are
readable and say no item."""

from jedlik.base.errors import ValidationException


class UnreadableObject(Exception):
    """An object that is not in the stated format; the text says why."""


class NoItem(ValidationException):
    """A line in the stated format, without an item. An import reads no further (observed)."""

    default_message = "The line has no Item"
