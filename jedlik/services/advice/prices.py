"""The list of prices for computing costs: a file that users can replace by their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from jedlik.base.errors import ValidationException

_FILE: Final = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, slots=True)
class ClassPrices:
    """Prices of a table class: for a million request units, a provisioned unit for an hour, and a
    GB stored for a month."""

    million_reads: float
    million_writes: float
    read_hour: float
    write_hour: float
    storage_gb: float


@dataclass(frozen=True, slots=True)
class ReservedPrices:
    """Prices of a provisioned unit for an hour that is reserved for a year, including the upfront
    payment."""

    read_hour: float
    write_hour: float


@dataclass(frozen=True, slots=True)
class Prices:
    """A list of prices."""

    date: str
    region: str
    currency: str
    source: str
    hours_a_month: float
    standard: ClassPrices
    infrequent_access: ClassPrices
    reserved_one_year: ReservedPrices
    recovery_gb: float

    def named(self) -> dict[str, str]:
        """The list's description in a report."""
        return {
            "Date": self.date, "Region": self.region, "Currency": self.currency,
            "Source": self.source,
        }  # fmt: skip


def read_prices(content: bytes | None = None) -> Prices:
    """The list in a JSON file's bytes; Jedlik's own by default. Raises ValidationException."""
    try:
        given: dict[str, Any] = orjson.loads(_FILE.read_bytes() if content is None else content)
        return Prices(
            date=str(given["date"]),
            region=str(given["region"]),
            currency=str(given["currency"]),
            source=str(given["source"]),
            hours_a_month=_number(given["hours_a_month"]),
            standard=ClassPrices(**_numbers(given["standard"])),
            infrequent_access=ClassPrices(**_numbers(given["infrequent_access"])),
            reserved_one_year=ReservedPrices(**_numbers(given["reserved_one_year"])),
            recovery_gb=_number(given["recovery_gb"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValidationException(f"The list of prices cannot be read: {error!r}") from None


def _numbers(given: dict[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in given.items()}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{value!r} is not a price")
    return float(value)
