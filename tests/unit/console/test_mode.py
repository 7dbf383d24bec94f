"""Which servers have a console."""

from __future__ import annotations

from jedlik.console.mode import mode_of


def test_only_servers_that_no_other_machine_reaches_have_a_console_unless_it_is_asked_for() -> None:
    assert mode_of(None, loopback=True) == "on"
    assert mode_of(None, loopback=False) == "off"
    assert mode_of("on", loopback=False) == "on"
    assert mode_of("read-only", loopback=True) == "read-only"
    assert mode_of("off", loopback=True) == "off"
