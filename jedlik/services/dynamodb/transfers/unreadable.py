"""What cannot be read at all, so that what follows it cannot be trusted either."""


class UnreadableObject(Exception):
    """An object that is not what it is said to be; the text says why."""
