"""Semantic search in the manual, with vectors of a real model."""

from pathlib import Path

import pytest

from tests.examples.programs import program
from tests.servers import RunningServer

QUESTIONS = ("how do I get a deleted table back?", "which distance function suits text models?")


@pytest.mark.model
def test_questions_find_the_sections_that_answer_them(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, "--memory")
    try:
        shown = program("semantic_search.py", "--endpoint-url", server.url, *QUESTIONS)
        of_page = program(
            "semantic_search.py", "--endpoint-url", server.url, "--page", "streams.md", QUESTIONS[0]
        )
    finally:
        server.kill()
    _, restoring, finding = shown.split("\n\n")
    assert "backups.md: " in restoring
    assert "vectors.md: " in finding
    found = of_page.split("\n\n")[1].splitlines()[1:]
    assert len(found) == 3
    assert all("streams.md: " in line for line in found)
