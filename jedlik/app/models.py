"""Data models for the console, loaded when they are first asked for."""

from __future__ import annotations

import importlib

from jedlik.console.models import Modelling


def modelling() -> Modelling:
    """What the console can do with models."""
    workshop = importlib.import_module("jedlik.modelling.workshop")
    return Modelling(workshop.example, workshop.report)
