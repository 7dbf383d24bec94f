"""The pauses before a worker that died is restarted. The rest is tested with real processes."""

from jedlik.app.supervisor import FIRST_PAUSE, MAX_PAUSE, STEADY_SECONDS, Pauses


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
