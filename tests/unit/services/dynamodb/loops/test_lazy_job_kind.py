"""Kinds of jobs that are loaded late have the names under which they are registered."""

from __future__ import annotations

from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.loops.lazy_job_kind import LazyJobKind
from tests.control_plane import ControlPlane


def test_names_and_homes(plane: ControlPlane) -> None:
    loop = table_jobs(plane.database)
    late = [kind for kind in loop._kinds.values() if isinstance(kind, LazyJobKind)]
    assert {kind.name for kind in late} >= {"bulk-put", "export", "import", "replica-change"}
    for kind in late:
        assert kind._loaded().name == kind.name
