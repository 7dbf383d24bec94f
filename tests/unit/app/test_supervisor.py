"""What happens when a worker dies, as far as it takes no processes; the rest is tested with real
ones."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.app.addresses import listening
from jedlik.app.settings import Settings
from jedlik.app.supervisor import FIRST_PAUSE, MAX_PAUSE, STEADY_SECONDS, Pauses, Supervisor


def test_pauses_double_up_to_a_limit():
    pauses = Pauses()
    given = [pauses.after(0.01) for _ in range(10)]
    assert given[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert given == sorted(given)
    assert given[-1] == MAX_PAUSE


def test_a_steady_life_makes_them_short_again():
    pauses = Pauses()
    for _ in range(8):
        pauses.after(STEADY_SECONDS - 0.1)
    assert pauses.after(STEADY_SECONDS) == FIRST_PAUSE
    assert pauses.after(0.0) == 2 * FIRST_PAUSE


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    sockets = listening.listen("127.0.0.1", 0)
    settings = Settings(engine="postgresql://none", workers=2)
    made = Supervisor(settings, sockets, None, lambda _closed: None)
    yield made
    made._close_sockets()
    listening.close(sockets)


def refuse_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", fork)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_a_worker_for_which_the_system_has_no_process_starts_later(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_processes(monkeypatch)
    supervisor._announce = None  # it answers: a worker has died
    files = open_files()
    supervisor._start_due()
    assert (
        caplog.messages
        == [f"a worker cannot start: {os.strerror(errno.EAGAIN)}; another one starts in 0.1 s"] * 2
    )
    assert 0 < supervisor._pause() <= FIRST_PAUSE
    assert open_files() == files
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    for worker in supervisor._workers:
        worker.start_at = 0.0
    supervisor._start_due()
    assert FIRST_PAUSE < supervisor._pause() <= 2 * FIRST_PAUSE


def test_a_server_that_gets_no_process_at_its_start_says_so(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_processes(monkeypatch)
    supervisor._start_due()
    assert supervisor._failure == f"a worker cannot start: {os.strerror(errno.EAGAIN)}"
    assert supervisor._stopped_at is not None
