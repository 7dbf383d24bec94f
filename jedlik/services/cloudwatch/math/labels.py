"""Dynamic labels: parts of a label that stand for a property of the metric or for its values.

    ${PROP('Dim.TableName')}: up to ${MAX}

CloudWatch user guide, "Use dynamic labels". How numbers are written is not documented: they are in
their shortest form. Times are refused by name, as their form is not documented either. A property
that the metric does not have, and everything else in `${}`, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from jedlik.base.errors import ValidationException

_PART: Final = re.compile(r"\$\{(?:PROP\('([^']*)'\)|([A-Z_]+))\}")
_TIMES: Final = frozenset(
    f"{name}_{form}"
    for name in ("FIRST", "LAST", "MAX", "MIN")
    for form in ("TIME", "TIME_RELATIVE")
) | {"FIRST_LAST_TIME_RANGE", "MIN_MAX_TIME_RANGE"}


def is_dynamic(label: str) -> bool:
    """Whether something in the label is to be replaced."""
    return _PART.search(label) is not None


def rendering_cost(label: str, default: str, properties: Mapping[str, str]) -> int:
    """The most characters that a label can become, numbers aside."""
    longest = max(map(len, (default, *properties.values())))
    return len(label) + label.count("${") * longest


def rendered(
    label: str, default: str, properties: Mapping[str, str], values: Mapping[int, float]
) -> str:
    """The label with its parts replaced. `default` is the label that the metric has without it, and
    `values` are those of the requested time. Raises ValidationException."""
    live = {"LABEL": default, **_numbers(values)}

    def replace(part: re.Match[str]) -> str:
        name, kind = part.groups()
        if name is not None:
            return properties.get(name, part[0])
        if kind in _TIMES:
            raise ValidationException(
                f"${{{kind}}} in labels is not available in this version of Jedlik"
            )
        return live.get(kind, part[0])

    return _PART.sub(replace, label)


def _numbers(values: Mapping[int, float]) -> dict[str, str]:
    if not values:
        return {"DATAPOINT_COUNT": "0"}
    first, last = values[min(values)], values[max(values)]
    low, high, total = min(values.values()), max(values.values()), sum(values.values())
    numbers = {
        "AVG": total / len(values), "DATAPOINT_COUNT": len(values), "FIRST": first, "LAST": last,
        "FIRST_LAST_RANGE": last - first, "MAX": high, "MIN": low, "MIN_MAX_RANGE": high - low,
        "SUM": total,
    }  # fmt: skip
    return {name: f"{number:.15g}" for name, number in numbers.items()}
