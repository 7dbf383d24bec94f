"""Packages are checked, and unpacked once, never outside of their directory."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from jedlik.services.lambda_.errors import InvalidParameterValueException, InvalidZipFileException
from jedlik.services.lambda_.runtime import deployment
from jedlik.services.lambda_.runtime.deployment import (
    Packages,
    check_directory,
    check_package,
    sha256_of,
    state_of,
)
from tests.functions import package


def test_a_package_is_unpacked_once(tmp_path):
    packages = Packages(tmp_path / "functions")
    content = package("x = 1", others_py="y = 2")
    place = packages.unpack(content, sha256_of(content))
    assert (place / "handler.py").read_text() == "x = 1"
    (place / "handler.py").write_text("kept")
    assert packages.unpack(content, sha256_of(content)) == place
    assert (place / "handler.py").read_text() == "kept"
    assert [each.name for each in place.parent.iterdir()] == [place.name]


def test_a_package_without_a_directory_ends_with_the_server():
    packages = Packages(None)
    content = package("x = 1")
    place = packages.unpack(content, sha256_of(content))
    assert place.is_dir()
    packages.close()
    assert not place.exists()


def test_names_that_lead_outside_do_not(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../evil.py", "x")
        archive.writestr("/abs.py", "x")
    content = buffer.getvalue()
    root = tmp_path / "functions"
    place = Packages(root).unpack(content, sha256_of(content))
    found = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*.py")}
    assert found == {str((place / name).relative_to(tmp_path)) for name in ("evil.py", "abs.py")}


@pytest.mark.parametrize(
    "content", [b"", b"no zip", package("x = 1")[:-30]], ids=["empty", "text", "cut off"]
)
def test_what_is_no_zip(tmp_path, content):
    with pytest.raises(InvalidParameterValueException, match="Could not unzip"):
        check_package(content)
    with pytest.raises(InvalidZipFileException):
        Packages(tmp_path).unpack(content, sha256_of(content))
    assert not list((tmp_path / "code").iterdir())


@pytest.mark.parametrize(
    "content",
    [
        package("x = 1", **{"a": "a file", "a/b": "below it"}),
        package("x = 1")[:40] + b"\xff" * 20 + package("x = 1")[60:],
    ],
    ids=["a file is a directory", "damaged"],
)
def test_what_cannot_be_unpacked_says_nothing_of_the_servers_files(tmp_path, content):
    with pytest.raises(InvalidZipFileException) as failure:
        Packages(tmp_path).unpack(content, sha256_of(content))
    assert str(tmp_path) not in failure.value.message
    assert not list((tmp_path / "code").iterdir())


def test_what_begins_like_a_sealed_value_is_no_zip():
    with pytest.raises(InvalidParameterValueException, match="Could not unzip"):
        check_package(bytes([1]) * 45 + package("x = 1"))


def test_a_package_that_is_too_large(monkeypatch):
    check_package(package("x" * 1000))
    monkeypatch.setattr(deployment, "MAX_UNZIPPED", 999)
    with pytest.raises(InvalidParameterValueException, match="smaller than 999 bytes"):
        check_package(package("x" * 1000))


def test_a_directory_of_code_must_exist(tmp_path):
    check_directory(str(tmp_path))
    for path in ("relative", str(tmp_path / "no"), "", "/\0"):
        with pytest.raises(InvalidParameterValueException, match="absolute path"):
            check_directory(path)


def test_the_state_of_a_directory_changes_with_its_files(tmp_path):
    (tmp_path / "inner").mkdir()
    file = tmp_path / "inner" / "a.py"
    file.write_text("1")
    before = state_of(tmp_path)
    assert state_of(tmp_path) == before
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
    changed = state_of(tmp_path)
    assert changed != before
    (tmp_path / "b.py").touch()
    os.utime(tmp_path / "b.py", ns=(1, 1))
    assert state_of(tmp_path) != changed
    (tmp_path / "__pycache__").mkdir()
    after = state_of(tmp_path)
    (tmp_path / "__pycache__" / "a.pyc").touch()
    assert state_of(tmp_path) == after
