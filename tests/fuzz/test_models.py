"""Spoilt data models, which anyone may send to the console: each is checked, or refused as not a
model.

The model has sample data and facets, so that these are spoilt too.
"""

from __future__ import annotations

import json
import random

import orjson
from hypothesis import given
from hypothesis import strategies as st

from jedlik.modelling.examples import EXAMPLES
from jedlik.modelling.workshop import report
from tests.fuzz.mutations import spoil_bytes, spoil_structure
from tests.properties import examples

SEEDS = st.integers(0, 2**40)
MODELS = [json.loads(file.read_text()) for file in EXAMPLES.values()]
for model in MODELS:  # as NoSQL Workbench keeps what was typed in a facet
    table = model["DataModel"][0]
    table["TableFacets"][0]["TableData"] = table["TableData"][:2]


def is_answered(document: bytes) -> None:
    found = orjson.loads(report(document))
    assert found.get("error") or found["grade"]


@given(SEEDS)
@examples(150)
def test_a_spoilt_model_is_checked_or_refused(seed: int) -> None:
    draw = random.Random(seed)
    spoilt = spoil_structure(draw.choice(MODELS), draw)
    is_answered(json.dumps(spoilt).encode())


@given(SEEDS)
@examples(50)
def test_spoilt_text_is_refused(seed: int) -> None:
    draw = random.Random(seed)
    is_answered(spoil_bytes(json.dumps(draw.choice(MODELS)).encode(), draw))
