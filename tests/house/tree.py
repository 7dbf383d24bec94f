"""The tree that the house rules are about."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = {
    *ROOT.glob("jedlik/services/*/shapes.py"),
    ROOT / "jedlik/services/dynamodb/payloads.py",
    ROOT / "jedlik/services/iam/members.py",
}
