"""The times of scheduled actions: `at(...)`, `rate(...)` and `cron(...)`.

Application Auto Scaling user guide, "Scheduled scaling using cron expressions": a cron expression
has six fields, minutes, hours, day of the month, month, day of the week and year, and one of the
two days is `?`. Days of the week count from 1 for Sunday. `L` is the month's last day, `W` after a
day the nearest weekday, `#` after a day of the week its number in the month, `L` after it the last.
"""

from __future__ import annotations

import calendar
import re
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
_AT: Final = re.compile(r"at\(([^)]*)\)").fullmatch
_TIME: Final = "dddd-dd-ddTdd:dd:dd"
"""What `at` takes; d stands for a digit."""
_RATE: Final = re.compile(r"rate\((\d{1,8})\s?(minute|hour|day)s?\)", re.ASCII).fullmatch
_CRON: Final = re.compile(r"cron\((.*)\)").fullmatch
_CRON_FIELDS: Final = 6
_PART: Final = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?").fullmatch
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_YEARS_AHEAD: Final = 9
"""How far ahead a match is searched for: a 29th of February may be eight years away."""


class InvalidSchedule(ValueError):
    """A schedule that cannot be parsed, or an unknown time zone, in the service's words."""


_INVALID: Final = "Invalid schedule expression. Details: "
_SYNTAX: Final = (
    f"{_INVALID}Schedule expressions must have the following syntax: "
    "rate(<number>\\s?(minutes?|hours?|days?)), cron(<cron_expression>) or "
    "at(yyyy-MM-dd'T'HH:mm:ss)."
)
_NEVER: Final = "1970-01-01T00:00:00.000Z"
_TOO_OFTEN: Final = (
    f"Invalid schedule frequency. Run for '{_NEVER}' and '{_NEVER}' are less than 60 seconds apart"
)


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


class _MonthDays(NamedTuple):
    """Days of the month. `nearest` are those whose nearest weekdays are meant."""

    numbers: frozenset[int]
    nearest: frozenset[int]
    last: bool
    last_weekday: bool

    def within(self, year: int, month: int) -> list[int]:
        """The days of a month, in order."""
        last = calendar.monthrange(year, month)[1]
        found = {day for day in self.numbers if day <= last}
        found.update(
            _nearest_weekday(year, month, day, last) for day in self.nearest if day <= last
        )
        if self.last:
            found.add(last)
        if self.last_weekday:
            found.add(_nearest_weekday(year, month, last, last))
        return sorted(found)


class _WeekDays(NamedTuple):
    """Days of the week, which count from 1 for Sunday: all in a month, or single ones, each a
    weekday and the index of its day among those of the month."""

    all: frozenset[int]
    single: frozenset[tuple[int, int]]

    def within(self, year: int, month: int) -> list[int]:
        """The days of a month, in order."""
        first, last = calendar.monthrange(year, month)
        # The first day's weekday counts from 0 for Monday.
        days_of = {(first + day) % 7 + 1: range(day, last + 1, 7) for day in range(1, 8)}
        found = {day for weekday in self.all for day in days_of[weekday]}
        for weekday, index in self.single:
            found.update(days_of[weekday][index:][:1])
        return sorted(found)


_LAST: Final = -1
"""The index of a month's last day on some weekday."""


def _month_days(text: str) -> _MonthDays:
    """The days of the month that a field names. Raises InvalidSchedule."""
    parts = set(text.split(","))
    nearest = {part for part in parts if part.endswith("W") and part != "LW"}
    numbers = parts - nearest - {"L", "LW"}
    return _MonthDays(
        frozenset(_numbers(",".join(numbers), 1, 31)) if numbers else frozenset(),
        frozenset(_within(part.removesuffix("W"), 1, 31) for part in nearest),
        "L" in parts,
        "LW" in parts,
    )


def _week_days(text: str) -> _WeekDays:
    """The days of the week that a field names. Raises InvalidSchedule."""
    everywhere: set[int] = set()
    single: set[tuple[int, int]] = set()
    for part in text.split(","):
        name, mark, number = part.partition("#")
        if mark:
            single.add((_within(name, 1, 7, _DAYS), _within(number, 1, 5) - 1))
        elif part.endswith("L") and part != "L":
            single.add((_within(part.removesuffix("L"), 1, 7, _DAYS), _LAST))
        else:
            everywhere.update(_numbers("7" if part == "L" else part, 1, 7, _DAYS))
    return _WeekDays(frozenset(everywhere), frozenset(single))


class Cron(NamedTuple):
    """At the minutes given by the fields, in a time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: _MonthDays | _WeekDays
    months: tuple[int, ...]
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
                for day in self.days.within(year, month):
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


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


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


def _within(text: str, least: int, most: int, names: list[str] | None = None) -> int:
    """The number that a field or part of it is. Raises InvalidSchedule."""
    number = _number(text, names)
    if not least <= number <= most:
        raise InvalidSchedule(text)
    return number


def read_schedule(text: str, timezone: str, first: float) -> Schedule:
    """The schedule of `text`; a rate begins at `first`, in seconds since the epoch. Raises
    InvalidSchedule."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSchedule(f"Invalid schedule timezone: {timezone}") from None
    if match := _AT(text):
        return At(_time(match[1], zone))
    if match := _RATE(text):
        if int(match[1]) == 0:
            raise InvalidSchedule(_TOO_OFTEN)
        return Rate(int(match[1]) * _SECONDS[match[2]], first)
    if match := _CRON(text):
        try:
            return _cron(match[1].split(), zone)
        except InvalidSchedule as invalid:
            raise InvalidSchedule(f"{_INVALID}Invalid CRON expression: {invalid}") from None
    raise InvalidSchedule(_SYNTAX)


def _time(text: str, zone: ZoneInfo) -> float:
    """The moment that is written so on clocks in a zone. Raises InvalidSchedule."""
    read = 0
    while read < min(len(text), len(_TIME)) and _fits(text[read], _TIME[read]):
        read += 1
    broken = "is too short" if read == len(text) else f'is malformed at "{text[read:]}"'
    if len(text) == read == len(_TIME):
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()
        except (ValueError, OverflowError):
            broken = "is out of range"
    raise InvalidSchedule(
        f'{_INVALID}Invalid schedule at DateTime expression: Invalid format: "{text}" {broken}'
    )


def _fits(letter: str, pattern: str) -> bool:
    return letter in "0123456789" if pattern == "d" else letter == pattern


def _cron(fields: list[str], zone: ZoneInfo) -> Cron:
    if len(fields) != _CRON_FIELDS:
        raise InvalidSchedule(f"it has {len(fields)} fields")
    minutes, hours, day, months, weekday, years = fields
    if (day == "?") is (weekday == "?"):
        raise InvalidSchedule(
            "error at position 1, details: '?' can only be specified for Day-of-Month or "
            "Day-of-Week."
        )
    return Cron(
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        _month_days(day.upper()) if weekday == "?" else _week_days(weekday.upper()),
        _numbers(months, 1, 12, _MONTHS),
        _numbers(years, _FIRST_YEAR, _LAST_YEAR),
        zone,
    )
