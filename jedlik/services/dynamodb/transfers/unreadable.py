"""Input that cannot be read at all, so that the rest cannot be trusted either."""


class UnreadableObject(Exception):
    """An object that is not in the stated format; the text says why."""
