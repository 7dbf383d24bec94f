"""Hints about unknown names of regions."""

from __future__ import annotations

import botocore.session
import pytest

from jedlik.base.regions import KNOWN_REGIONS
from jedlik.cli.options.known_regions import warn_of_unknown_region
from jedlik.kernel.realms import is_region


def test_all_regions_of_botocore_are_known() -> None:
    session = botocore.session.get_session()
    listed = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("dynamodb", partition)
    }
    assert listed == KNOWN_REGIONS
    assert all(map(is_region, KNOWN_REGIONS))


def test_unknown_regions_are_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_unknown_region("--regions", "eu-west-1")
    assert capsys.readouterr().err == ""
    warn_of_unknown_region("--regions", "eu-nroth-1")
    (line,) = capsys.readouterr().err.splitlines()
    assert "--regions: this version does not know the region eu-nroth-1" in line
    assert line.endswith("did you mean eu-north-1?")
