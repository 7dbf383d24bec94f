"""The models that come with Jedlik (docs/modelling.md, "The four models")."""

from __future__ import annotations

from pathlib import Path
from typing import Final

EXAMPLES: Final = {
    name: Path(__file__).parent / "models" / f"{name}.json"
    for name in ("chat", "game", "shop", "telemetry")
}
"""Their files, by name."""
