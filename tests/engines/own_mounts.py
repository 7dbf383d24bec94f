"""Disks of a test's own."""

from __future__ import annotations

OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
"""The beginning of a command that may mount file systems which no other process sees."""
