"""The OpenMetrics text format (OpenMetrics 1.0, "Text format"): families of samples as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

CONTENT_TYPE: Final = b"application/openmetrics-text; version=1.0.0; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram"]


class Sample(NamedTuple):
    """One value. `suffix` follows the family's name in its name (`_total`, `_bucket`)."""

    suffix: str
    labels: dict[str, str]
    value: float


class Family(NamedTuple):
    """Samples of one kind and meaning; `unit` is empty or ends the name."""

    name: str
    kind: Kind
    unit: str
    help: str
    samples: list[Sample]


def render(families: Iterable[Family]) -> bytes:
    """The text of families; those with the same name are combined."""
    together: dict[str, Family] = {}
    for family in families:
        known = together.get(family.name)
        if known is None:
            together[family.name] = family._replace(samples=list(family.samples))
        else:
            known.samples.extend(family.samples)
    lines: list[str] = []
    for name, family in together.items():
        lines.append(f"# TYPE {name} {family.kind}")
        if family.unit:
            lines.append(f"# UNIT {name} {family.unit}")
        lines.append(f"# HELP {name} {_escaped(family.help)}")
        lines += [
            f"{name}{suffix}{_labels(labels)} {_number(value)}"
            for suffix, labels, value in family.samples
        ]
    return ("\n".join(lines) + "\n# EOF\n").encode()


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
