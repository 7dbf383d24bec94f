"""Names of tables as identifiers of programs."""

from __future__ import annotations

import re


def words_of(name: str) -> list[str]:
    """The words of a table's name: letters and digits, a capital beginning a new one."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return found or ["table"]


def pascal_case(name: str) -> str:
    """`user-orders` becomes UserOrders; a name that begins with a digit gets a T before it."""
    text = "".join(word[0].upper() + word[1:] for word in words_of(name))
    return text if text[0].isalpha() else f"T{text}"


def snake_case(name: str) -> str:
    """`user-orders` becomes user_orders; a name that begins with a digit gets a t_ before it."""
    text = "_".join(word.lower() for word in words_of(name))
    return text if text[0].isalpha() else f"t_{text}"
