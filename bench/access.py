"""What access control costs: GetItem by a user whose policies allow it, against an open server.

    python bench/access.py [--rounds 7] [--seconds 2]

The open server looks at no signature; the other one verifies each and asks the user's policies:
none for its administrator, a plain one (the read-only policy on one table) or one with a condition
on the partition key. One worker each, data in memory, the sides taking turns. What is compared is
the server's processor time per request: the rate says as much about what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3
import sides
import workload
import wrk
from rich.console import Console
from sides import Side
from verdict import exit_status

TARGET = 0.85
OPEN, SIGNED, PLAIN, CONDITION = "open", "signature alone", "policy", "policy with a condition"

_SERVE = (sys.executable, "-m", "jedlik", "serve", "--port", "{port}", "--memory")
_ARN = f"arn:aws:dynamodb:{workload.REGION}:000000000000:table/{workload.TABLE}"
_READ = {
    "Effect": "Allow",
    "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
    "Resource": _ARN,
}
_OWN = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["user#*"]}}
STATEMENTS: dict[str, dict[str, Any]] = {PLAIN: _READ, CONDITION: {**_READ, "Condition": _OWN}}
"""What the user of each side may."""


def measure(seconds: int, rounds: int) -> dict[str, dict[str, float]]:
    """Requests a second of each side, and microseconds of processor time per request."""
    load = workload.named("get")
    closed = (*_SERVE, "--access-key", workload.ACCESS_KEY, "--secret-key", workload.SECRET_KEY)
    taking_part = [Side(OPEN, "open", _SERVE), Side(PLAIN, "closed", closed)]
    with tempfile.TemporaryDirectory() as scratch, sides.all_running(taking_part) as servers:
        of_open, of_closed = servers
        asking = {
            OPEN: (of_open, workload.KEYS),
            SIGNED: (of_closed, workload.KEYS),
            PLAIN: (of_closed, _user(of_closed.port, "plain", STATEMENTS[PLAIN])),
            CONDITION: (of_closed, _user(of_closed.port, "own", STATEMENTS[CONDITION])),
        }
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in asking}
        paths = {}
        for number, (name, (server, keys)) in enumerate(asking.items()):
            paths[name] = Path(scratch) / f"{number}.lua"
            workload.write_script(paths[name], server.port, load, keys)
            wrk.drive(paths[name], server.url, 1)
        for _ in range(rounds):
            for name, (server, _) in asking.items():
                turns[name].append(wrk.drive_costed(paths[name], server, seconds))
    return {
        name: {
            figure: statistics.median(turn[figure] for turn in taken) for figure in ("rate", "cost")
        }
        for name, taken in turns.items()
    }


def _user(port: int, name: str, statement: dict[str, Any]) -> tuple[str, str]:
    iam = boto3.client(
        "iam",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=workload.REGION,
        aws_access_key_id=workload.ACCESS_KEY,
        aws_secret_access_key=workload.SECRET_KEY,
    )
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName=name, PolicyName="bench", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def report(figures: dict[str, dict[str, float]], console: Any) -> bool:
    """Print what part of a request's cost is not access control's; returns whether all parts reach
    the target."""
    parts = {name: figures[OPEN]["cost"] / figures[name]["cost"] for name in (PLAIN, CONDITION)}
    shares = ", ".join(f"{part:.2f} with a {name}" for name, part in parts.items())
    of_signed = figures[SIGNED]["cost"] / figures[PLAIN]["cost"]
    texts = [
        f"{name}: {each['cost']:.1f} µs, {each['rate']:,.0f} a second"
        for name, each in figures.items()
    ]
    console.print(
        f"GetItem with authentication, processor time of an open server's: {shares} "
        f"({'; '.join(texts)}); target {TARGET}; a policy by itself: {of_signed:.2f} of a request "
        "whose signature is verified"
    )
    return min(parts.values()) >= TARGET


def main() -> int:
    parser = argparse.ArgumentParser(description="What access control costs.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    chosen = parser.parse_args()
    wrk.needed()
    console = Console(highlight=False, width=120)
    return exit_status(reached=report(measure(chosen.seconds, chosen.rounds), console))


if __name__ == "__main__":
    sys.exit(main())
