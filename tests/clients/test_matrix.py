"""The same scenario through every client, as far as the client supports it.

Results are written to `.clients/results`, from which `scripts/client_table.py` makes the table in
the manual.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.clients.drivers import SOURCES, Driver, Json, missing
from tests.clients.equality import ordered
from tests.clients.matrix import CLIENTS, PLAYED
from tests.clients.outcomes import NONE, PART, PASS, Outcomes
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer

SCENARIO: Final = json.loads((SOURCES / "scenarios" / "music.json").read_text())
TABLE: Final = json.loads((SOURCES / "scenarios" / "table.json").read_text())
UNITS: Final = 40
"""Writes a second that a table takes where its budget is enforced."""
AHEAD: Final = """
import time
now, now_ns = time.time, time.time_ns
time.time, time.time_ns = lambda: now() + 3600, lambda: now_ns() + 3600 * 10**9
"""

Start = Callable[[RunningServer], Driver]
Played = dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def music_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("music")
    server = RunningServer(
        scratch, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    yield server
    server.end_well()


@pytest.fixture(scope="module")
def server_ahead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that verifies signatures and whose clock is an hour ahead of its clients' clocks."""
    scratch = tmp_path_factory.mktemp("ahead")
    (scratch / "sitecustomize.py").write_text(AHEAD)
    server = RunningServer(
        scratch, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        variables={"PYTHONPATH": str(scratch)}, fresh=True,
    )  # fmt: skip
    yield server
    server.kill()


@pytest.fixture(scope="module", params=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> str:
    """The name of each client whose tools are installed."""
    name: str = request.param
    absent = missing(CLIENTS[name].needs)
    if absent:
        pytest.skip(f"{CLIENTS[name].title} is not tried: {', '.join(absent)} not installed")
    return name


@pytest.fixture(scope="module")
def start(client: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts the client's program against a server."""
    command = CLIENTS[client].command()
    started: list[Driver] = []

    def begin(server: RunningServer) -> Driver:
        scratch = tmp_path_factory.mktemp("driver")
        started.append(Driver(command, server.url, server.credentials, scratch))
        return started[-1]

    yield begin
    for each in started:
        each.close()


@pytest.fixture(scope="module")
def outcomes(client: str) -> Iterator[Outcomes]:
    found = Outcomes(client, CLIENTS[client].version())
    yield found
    found.keep()


@pytest.fixture(scope="module")
def played(client: str, start: Start, music_server: RunningServer) -> Played:
    """The scenario, played once: what is wrong with each step of a chapter ("" if nothing, PART
    where the client has no way to do it)."""
    table = f"music-{client}-{uuid.uuid4().hex[:6]}"
    driver = start(music_server)
    found: Played = {}
    undone = set()
    for step in SCENARIO:
        if step.get("needs") in undone:
            found[step["chapter"]].append((step["step"], PART))
            continue
        answer = driver.do(step["verb"], {"table": table, **filled(step["input"], table)})
        found.setdefault(step["chapter"], []).append((step["step"], fault(step, answer)))
        if "unsupported" in answer:
            undone.add(step["step"])
            if step["step"] == SCENARIO[0]["step"]:  # others need its table
                music_server.client().create_table(TableName=table, **TABLE)
    return found


def filled(given: Json, table: str) -> Json:
    """A step's input, with the items and keys that the file only counts."""
    made = dict(given)
    if "songs" in made:
        artist, count, year = made.pop("songs")
        made["items"] = [a_song(artist, number, year) for number in range(count)]
    if "numbered" in made:
        artist, count = made.pop("numbered")
        made["keys"] = [{"artist": artist, "song": title(number)} for number in range(count)]
    if "statement" in made:
        made["statement"] = made["statement"].replace("TABLE", table)
    return made


def a_song(artist: str, number: int, year: int) -> Json:
    return {"artist": {"S": artist}, "song": {"S": title(number)}, "year": {"N": str(year)}}


def title(number: int) -> str:
    return f"song {number:03}"


def fault(step: Json, answer: Json) -> str:
    """What is wrong with an answer."""
    if "unsupported" in answer:
        return PART
    if "error" in step:
        code = answer.get("error", answer).get("code")
        # Some clients refuse by themselves what the server would.
        right = code == step["error"] or (code == "Refused" and "Validation" in step["error"])
        return "" if right else f"{step['error']} is due, and not {answer}"
    if "output" not in answer:
        return str(answer)
    if "output" in step and ordered(answer["output"]) != ordered(step["output"]):
        return f"{step['output']} is due, and not {answer['output']}"
    return ""


@pytest.mark.parametrize("chapter", PLAYED)
def test_all_steps_of_a_chapter_succeed(chapter: str, played: Played, outcomes: Outcomes) -> None:
    wrong = [f"{name}: {text}" for name, text in played[chapter] if text not in ("", PART)]
    assert not wrong, "\n".join(wrong)
    undone = sum(text == PART for _, text in played[chapter])
    whole = undone == len(played[chapter])
    outcomes.note(chapter, NONE if whole else PART if undone else PASS)


def test_throttled_writes_are_tried_again(
    client: str, start: Start, music_server: RunningServer, outcomes: Outcomes
) -> None:
    """The table owes two seconds of its units: nothing is admitted until these are over."""
    table = f"throttled-{client}-{uuid.uuid4().hex[:6]}"
    dynamodb = music_server.client()
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=TABLE["KeySchema"],
        AttributeDefinitions=TABLE["AttributeDefinitions"][:2],
        OnDemandThroughput={"MaxWriteRequestUnits": UNITS},
        Tags=[{"Key": "jedlik:capacity", "Value": "enforced"}],
    )
    driver = start(music_server)
    assert driver.do("get", {"table": table, "key": {"artist": "a", "song": "b"}}) == {"output": {}}
    large = {**a_song("large", 0, 1), "note": {"S": "x" * (3 * UNITS * 1024)}}
    dynamodb.put_item(TableName=table, Item=large)
    with pytest.raises(dynamodb.exceptions.ThrottlingException):
        dynamodb.put_item(TableName=table, Item=a_song("refused", 0, 1))
    answer = driver.do("put", {"table": table, "item": a_song("patient", 0, 1)})
    assert "output" in answer, answer
    outcomes.note("throttling", PASS)


def test_a_wrong_clock(
    client: str, start: Start, server_ahead: RunningServer, outcomes: Outcomes
) -> None:
    """Clients that set their clock by the error's Date come through by themselves; others get the
    service's error."""
    table = f"ahead-{client}"
    answer = start(server_ahead).do("get", {"table": table, "key": {"artist": "a", "song": "b"}})
    code = answer["error"]["code"]
    assert code in ("ResourceNotFoundException", "InvalidSignatureException"), answer
    outcomes.note("clock", PASS if code == "ResourceNotFoundException" else NONE)
