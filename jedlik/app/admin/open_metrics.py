"""The OpenMetrics text format (OpenMetrics 1.0, "Text format"): families of samples as text."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from itertools import chain
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


def render(families: Iterable[Family]) -> Generator[None, None, bytes]:
    """The text of families, in steps; those with the same name are combined."""
    lines: dict[str, list[str]] = {}
    for family in families:
        name = family.name
        known = lines.get(name)
        if known is None:
            known = lines[name] = [f"# TYPE {name} {family.kind}"]
            if family.unit:
                known.append(f"# UNIT {name} {family.unit}")
            known.append(f"# HELP {name} {_escaped(family.help)}")
        known += [
            f"{name}{suffix}{_labels(labels)} {_number(value)}"
            for suffix, labels, value in family.samples
        ]
        yield
    return "\n".join((*chain.from_iterable(lines.values()), "# EOF\n")).encode()


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
