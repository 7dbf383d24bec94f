"""The tables of clients show the recorded results, and these are of the versions in the locks."""

from __future__ import annotations

from scripts.client_table import END, TARGET, kept, placed, render
from tests.clients.matrix import CHAPTERS, CLIENTS, TOOLS
from tests.clients.outcomes import NONE, PART, PASS


def test_the_manual_has_the_results() -> None:
    page = TARGET.read_text("utf-8")
    assert END in page
    assert placed(page, render(kept())) == page, "python scripts/client_table.py"


def test_results_are_of_the_versions_that_are_locked() -> None:
    locked = {name: each.version() for name, each in {**CLIENTS, **TOOLS}.items()}
    tried = {name: each["version"] for name, each in kept().items()}
    assert tried == {name: locked[name] for name in tried}, "make test-clients"
    assert tried.keys() >= CLIENTS.keys()


def test_results_are_of_the_scenario_as_it_is() -> None:
    for name in CLIENTS:
        chapters = kept()[name]["chapters"]
        assert chapters.keys() == set(CHAPTERS), name
        assert set(chapters.values()) <= {PASS, PART, NONE}, name
