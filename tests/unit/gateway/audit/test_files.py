"""Files of the audit log."""

from __future__ import annotations

from pathlib import Path

from jedlik.gateway.audit.files import AuditFile


def test_a_file_for_each_day_and_a_part_for_each_size(tmp_path: Path) -> None:
    file = AuditFile(tmp_path / "audit", part_size=10)
    for day, line in (
        ("1", b"aaaaaa\n"),
        ("1", b"b\n"),
        ("1", b"cc\n"),
        ("1", b"d\n"),
        ("2", b"e\n"),
    ):
        file.append(day, line)
    file.close()
    assert {path.name: path.read_bytes() for path in (tmp_path / "audit").iterdir()} == {
        "1.jsonl": b"aaaaaa\nb\ncc\n",
        "1.1.jsonl": b"d\n",
        "2.jsonl": b"e\n",
    }


def test_two_workers_append_to_one_file(tmp_path: Path) -> None:
    first, second = AuditFile(tmp_path), AuditFile(tmp_path)
    for number in range(10):
        (first, second)[number % 2].append("1", b"%d\n" % number)
    assert (tmp_path / "1.jsonl").read_bytes() == b"".join(b"%d\n" % each for each in range(10))
    AuditFile(tmp_path).append("1", b"later\n")
    assert (tmp_path / "1.jsonl").read_bytes().endswith(b"9\nlater\n")
