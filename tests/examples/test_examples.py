"""The programs in examples/, run as a user runs them, against a running server."""

import os
import subprocess
import sys
from collections.abc import Iterable

import boto3
import pytest

from tests.examples.programs import EXAMPLES, program, run


def answers(output: str, questions: Iterable[str]) -> dict[str, tuple[list[str], str]]:
    """The first row of the answer to each question, and the line with the number of rows."""
    got = {}
    for question in questions:
        block = output.split(question, 1)[1].split(" read units", 1)[0]
        rows = block.split("──", 1)[1].splitlines()[1:]
        first = [cell.strip() for cell in rows[0].split("  ") if cell.strip()]
        got[question] = (first, rows[-1])
    return got


def client(server: str):
    return boto3.client(
        "dynamodb",
        endpoint_url=server,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


AIRPORTS = {
    "How many airports has Washington?": (["WA", "65"], "1 found, 0.5"),
    "Which are they, city by city?": (["Anacortes", "74S", "Anacortes"], "65 found, 1.5"),
    "And in Seattle?": (["Seattle", "BFI", "Boeing Field/King County Intl"], "2 found, 0.5"),
    "Which airport is JFK?": (["JFK", "John F Kennedy Intl", "New York", "NY"], "1 found, 0.5"),
    "Which five states have the most?": (["AK", "263"], "5 found, 0.5"),
    "What is within 40 km of the Space Needle?": (
        ["11", "BFI", "Boeing Field/King County Intl", "Seattle", "47.52998917", "-122.3019561"],
        "9 found, 1",
    ),
}
WEATHER = {
    "What was the weather on 14 January 2012?": (
        ["2012-01-14", "snow", "4.1", "4.4", "5.3"],
        "1 found, 0.5",
    ),
    "And in the first week of July?": (["2012-07-01", "rain", "0", "20", "2.3"], "7 found, 0.5"),
    "Hour by hour on 8 July 2010?": (["2010-07-08T00", "59.3"], "24 found, 0.5"),
    "Which days of 2014 were dry and windy?": (
        ["2014-01-13", "sun", "0", "10.6", "7.1"],
        "3 found, 6.5",
    ),
    "When did it snow in 2012?": (["2012-01-14", "snow", "4.1", "4.4", "5.3"], "21 found, 0.5"),
    "The five wettest days?": (["2015-03-15", "fog", "55.9", "10.6", "4.2"], "5 found, 0.5"),
    "The five hottest hours?": (["2010-07-28T16", "75.9"], "5 found, 0.5"),
    "The days of 40 mm or more?": (["2013-09-28", "fog", "43.4", "16.7", "6"], "6 found, 0.5"),
}


@pytest.mark.slow
def test_airports_and_the_cli(server):
    output = program("airports.py", "--endpoint-url", server)
    assert "Loaded 3,433 items into Airports" in output
    assert answers(output, AIRPORTS) == AIRPORTS
    assert "\x1b" not in output, "nobody watches, so no control codes"

    def count(**where):
        pages = (
            client(server)
            .get_paginator("scan")
            .paginate(TableName="Airports", Select="COUNT", **where)
        )
        return sum(page["Count"] for page in pages)

    assert count() == 3433
    assert count(IndexName="by-cell") == 3376, "states have no cell"

    again = program("airports.py", "--endpoint-url", server)
    assert "Table Airports exists" in again
    assert again.partition("How many")[2] == output.partition("How many")[2]

    asked = run(str(EXAMPLES / "cli.sh"), server)
    assert "$ aws dynamodb query --table-name Users" in asked
    assert '"Count": 2' in asked
    assert '"N": "19.9"' in asked
    assert "Seattle-Tacoma Intl" in asked
    assert "John F Kennedy Intl" in asked


@pytest.mark.slow
def test_the_weather_example_gives_its_documented_answers(server):
    output = program("weather.py", "--endpoint-url", server, "--table", "Seattle")
    assert "Loaded 10,220 items into Seattle" in output
    assert answers(output, WEATHER) == WEATHER
    assert "How many days of fog were there? 411 " in output
    assert "station-1 checked it" in output
    assert "station-2 came too late" in output


def test_the_cli_s_help():
    assert "examples/cli.sh [ENDPOINT_URL]" in run(str(EXAMPLES / "cli.sh"), "--help")


@pytest.mark.parametrize("name", ["airports.py", "weather.py"])
def test_examples_explain_their_options(name):
    printed = program(name, "--help")
    assert "--endpoint-url URL" in printed
    assert "http://127.0.0.1:8000" in printed


def test_no_server_is_one_clear_line():
    done = subprocess.run(
        [sys.executable, EXAMPLES / "airports.py", "--endpoint-url", "http://127.0.0.1:9"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "AWS_MAX_ATTEMPTS": "1"},
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make serve" in done.stderr
