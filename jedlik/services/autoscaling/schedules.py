"""The times of scheduled actions: `at(...)`, `rate(...)` and `cron(...)`.

Application Auto Scaling user guide, "Scheduled scaling using cron expressions": a cron expression
has six fields, minutes, hours, day of the month, month, day of the week and year, and one of the
two days is `?`. Days of the week count from 1 for Sunday. `L` is the month's last day, `W` after a
day the nearest weekday, `#` after a day of the week its number in the month, `L` after it the last.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS: Final = [
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)").fullmatch
_RATE: Final = re.compile(r"rate\(([1-9]\d{0,7}) (minute|minutes|hour|hours|day|days)\)").fullmatch
_CRON: Final = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)").fullmatch
_PART: Final = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?").fullmatch
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_YEARS_AHEAD: Final = 9
"""How far ahead a match is searched for: a 29th of February may be eight years away."""


class InvalidSchedule(ValueError):
    """A schedule that cannot be parsed, or an unknown time zone."""


class Schedule(Protocol):
    """When something is due."""

    def next_after(self, moment: float) -> float | None:
        """The first time after `moment`, in seconds since the epoch; None if there are no more."""
        ...


class At(NamedTuple):
    """Once."""

    time: float

    def next_after(self, moment: float) -> float | None:
        """See Schedule."""
        return self.time if self.time > moment else None


class Rate(NamedTuple):
    """At a fixed interval in seconds, from a start."""

    seconds: int
    first: float

    def next_after(self, moment: float) -> float | None:
        """See Schedule."""
        if moment < self.first:
            return self.first
        return self.first + ((moment - self.first) // self.seconds + 1) * self.seconds


class Cron(NamedTuple):
    """At the minutes given by the fields, in a time zone. One of the two days is None."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: str | None
    months: tuple[int, ...]
    weekdays: str | None
    years: tuple[int, ...]
    zone: ZoneInfo

    def next_after(self, moment: float) -> float | None:
        """See Schedule."""
        local = datetime.fromtimestamp(moment, self.zone)
        for year in range(local.year, min(local.year + _YEARS_AHEAD, _LAST_YEAR + 1)):
            if year not in self.years:
                continue
            for month in self.months:
                if (year, month) < (local.year, local.month):
                    continue
                for day in self._days(year, month):
                    if (year, month, day) < (local.year, local.month, local.day):
                        continue
                    found = self._within(year, month, day, moment)
                    if found is not None:
                        return found
        return None

    def _within(self, year: int, month: int, day: int, moment: float) -> float | None:
        times = (
            datetime(year, month, day, hour, minute, tzinfo=self.zone).timestamp()
            for hour in self.hours
            for minute in self.minutes
        )
        # When clocks change, the times of a day may be out of order.
        return min((time for time in times if time > moment), default=None)

    def _days(self, year: int, month: int) -> list[int]:
        last = calendar.monthrange(year, month)[1]
        if self.days is not None:
            return sorted(set(_month_days(self.days, year, month, last)))
        assert self.weekdays is not None, "one of the two days is given"
        return sorted(set(_week_days(self.weekdays, year, month, last)))


def _month_days(text: str, year: int, month: int, last: int) -> Iterator[int]:
    for part in text.split(","):
        if part == "L":
            yield last
        elif part == "LW":
            yield _nearest_weekday(year, month, last, last)
        elif part.endswith("W"):
            day = int(part[:-1])
            if day <= last:
                yield _nearest_weekday(year, month, day, last)
        else:
            yield from (day for day in _numbers(part, 1, 31) if day <= last)


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _week_days(text: str, year: int, month: int, last: int) -> Iterator[int]:
    for part in text.split(","):
        name, _, which = part.partition("#")
        if which:
            days = _days_of(_numbers(name, 1, 7, _DAYS)[0], year, month, last)
            yield from days[int(which) - 1 : int(which)]
        elif part.endswith("L") and len(part) > 1:
            yield _days_of(_numbers(part[:-1], 1, 7, _DAYS)[0], year, month, last)[-1]
        else:
            for weekday in _numbers("7" if part == "L" else part, 1, 7, _DAYS):
                yield from _days_of(weekday, year, month, last)


def _days_of(weekday: int, year: int, month: int, last: int) -> list[int]:
    """The days of a month on a weekday that counts from 1 for Sunday."""
    wanted = (weekday - 2) % 7
    return [day for day in range(1, last + 1) if calendar.weekday(year, month, day) == wanted]


def _numbers(text: str, least: int, most: int, names: list[str] | None = None) -> tuple[int, ...]:
    """The numbers in a field, in order. Raises InvalidSchedule."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART(part)
        if match is None:
            raise InvalidSchedule(text)
        everything, first, last, step = match.groups()
        low = least if everything else _number(first, names)
        high = most if everything or (step and not last) else _number(last or first, names)
        if not least <= low <= high <= most or step == "0":
            raise InvalidSchedule(text)
        found.update(range(low, high + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str, names: list[str] | None) -> int:
    if names is not None and text.upper() in names:
        return names.index(text.upper()) + 1
    if not text.isascii() or not text.isdigit() or len(text) > len("2199"):
        raise InvalidSchedule(text)
    return int(text)


def read_schedule(text: str, timezone: str, first: float) -> Schedule:
    """The schedule of `text`; a rate begins at `first`, in seconds since the epoch. Raises
    InvalidSchedule."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSchedule(timezone) from None
    if match := _AT(text):
        try:
            return At(datetime.fromisoformat(match[1]).replace(tzinfo=zone).timestamp())
        except (ValueError, OverflowError):
            raise InvalidSchedule(text) from None
    if match := _RATE(text):
        if (match[1] == "1") is match[2].endswith("s"):
            raise InvalidSchedule(text)
        return Rate(int(match[1]) * _SECONDS[match[2].removesuffix("s")], first)
    if match := _CRON(text):
        return _cron(match.groups(), zone)
    raise InvalidSchedule(text)


def _cron(fields: tuple[str, ...], zone: ZoneInfo) -> Cron:
    minutes, hours, day, months, weekday, years = fields
    if (day == "?") is (weekday == "?"):
        raise InvalidSchedule(" ".join(fields))
    cron = Cron(
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        None if day == "?" else day.upper(),
        _numbers(months, 1, 12, _MONTHS),
        None if weekday == "?" else weekday.upper(),
        _numbers(years, _FIRST_YEAR, _LAST_YEAR),
        zone,
    )
    _check_days(cron)
    return cron


def _check_days(cron: Cron) -> None:
    """Raise InvalidSchedule if the days are not valid: January has all possible ones."""
    try:
        if cron.days is not None:
            list(_month_days(cron.days, 2023, 1, 31))
        else:
            list(_week_days(cron.weekdays or "", 2023, 1, 31))
    except (ValueError, IndexError):
        raise InvalidSchedule("days") from None
