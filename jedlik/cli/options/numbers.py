"""Numbers within limits, as types of options; click's own types call `abc` "not a valid integer
range"."""

from __future__ import annotations

import click


class WholeNumber(click.IntRange):
    """A whole number within limits."""

    name = "whole number"


class Number(click.FloatRange):
    """A number within limits."""

    name = "number"
