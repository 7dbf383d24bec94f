"""Values that look like real ones, made from a digest: the same for the same value, everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

_FIRST: Final = (
    "Ada", "Béla", "Chidi", "Dora", "Emil", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Kaja",
    "Liam", "Mei", "Noor", "Olga", "Pablo", "Quinn", "Rosa", "Sven", "Tomás", "Uma", "Vera", "Wen",
    "Xenia", "Yara", "Zoltán",
)  # fmt: skip
_LAST: Final = (
    "Abara", "Bianchi", "Costa", "Dunn", "Eriksen", "Fischer", "Garcia", "Horvat", "Ito", "Jansen",
    "Kovács", "Larsen", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka",
    "Ueda", "Varga", "Weber", "Xu", "Young", "Zima",
)  # fmt: skip
_STREETS: Final = ("Oak", "Mill", "River", "Hill", "Park", "Station", "Church", "Garden", "Lake")
_CITIES: Final = ("Aldbury", "Brenville", "Carlow", "Dunmore", "Eastfield", "Fairhaven", "Glenrock")
_COMPANIES: Final = ("Works", "Foods", "Systems", "Partners", "Studio", "Logistics", "Energy")


def _pick(names: tuple[str, ...], digest: bytes, at: int) -> str:
    return names[int.from_bytes(digest[at : at + 2], "big") % len(names)]


def _digits(digest: bytes, count: int) -> str:
    return str(int.from_bytes(digest, "big"))[-count:].rjust(count, "0")


def _name(digest: bytes) -> str:
    return f"{_pick(_FIRST, digest, 0)} {_pick(_LAST, digest, 2)}"


def _email(digest: bytes) -> str:
    # As distinct as the digest, since an address may be a key.
    name = _pick(_FIRST, digest, 0).lower().encode("ascii", "ignore").decode()
    return f"{name}.{digest.hex()[:20]}@example.com"


def _phone(digest: bytes) -> str:
    return f"+1555{_digits(digest, 7)}"


def _address(digest: bytes) -> str:
    number = 1 + digest[4] % 99
    return f"{number} {_pick(_STREETS, digest, 0)} Street, {_pick(_CITIES, digest, 2)}"


def _city(digest: bytes) -> str:
    return _pick(_CITIES, digest, 2)


def _company(digest: bytes) -> str:
    return f"{_pick(_LAST, digest, 0)} {_pick(_COMPANIES, digest, 2)}"


def _date(digest: bytes) -> str:
    return f"{1940 + digest[0] % 70}-{1 + digest[1] % 12:02}-{1 + digest[2] % 28:02}"


def _uuid(digest: bytes) -> str:
    return str(UUID(bytes=digest[:16], version=4))


def _ip(digest: bytes) -> str:
    return f"198.51.100.{digest[0]}"  # an address from the range for documentation


def _number(digest: bytes) -> str:
    return str(int(_digits(digest, 6)))


FAKES: Final[dict[str, Callable[[bytes], str]]] = {
    "address": _address,
    "city": _city,
    "company": _company,
    "date": _date,
    "email": _email,
    "ip": _ip,
    "name": _name,
    "number": _number,
    "phone": _phone,
    "uuid": _uuid,
}
"""The fakes, by name. Each is made from a digest of 32 bytes."""
DISTINCT: Final = frozenset(("email", "uuid"))
"""Those that differ if the values do, so that keys may be masked with them."""
