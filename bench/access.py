"""What access control costs: GetItem by a user whose policies allow it, against an open server.

The open server looks at no signature; the other one verifies each and asks the user's policies, a
plain one (the read-only policy on one table) or one with a condition on the partition key. One
worker each, data in memory, the sides taking turns.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import sides
import workload
from sides import Side

TARGET = 0.85
OPEN, PLAIN, CONDITION = "open", "policy", "policy with a condition"

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

Drive = Callable[[Path, str, int], dict[str, float]]


def measure(seconds: int, rounds: int, drive: Drive) -> dict[str, float]:
    """Requests a second of each side; `drive` runs a script of wrk's."""
    load = next(load for load in workload.LOADS if load.name == "get")
    closed = (*_SERVE, "--access-key", workload.ACCESS_KEY, "--secret-key", workload.SECRET_KEY)
    taking_part = [Side(OPEN, "open", _SERVE), Side(PLAIN, "closed", closed)]
    with tempfile.TemporaryDirectory() as scratch, sides.all_running(taking_part) as servers:
        of_open, of_closed = servers[0].port, servers[1].port
        scripts = {
            OPEN: (of_open, workload.KEYS),
            PLAIN: (of_closed, _user(of_closed, "plain", STATEMENTS[PLAIN])),
            CONDITION: (of_closed, _user(of_closed, "own", STATEMENTS[CONDITION])),
        }
        turns: dict[str, list[float]] = {name: [] for name in scripts}
        paths = {}
        for number, (name, (port, keys)) in enumerate(scripts.items()):
            paths[name] = Path(scratch) / f"{number}.lua"
            workload.write_script(paths[name], port, load, keys)
            drive(paths[name], f"http://127.0.0.1:{port}", 1)
        for _ in range(rounds):
            for name, (port, _) in scripts.items():
                turns[name].append(drive(paths[name], f"http://127.0.0.1:{port}", seconds)["rate"])
    return {name: statistics.median(rates) for name, rates in turns.items()}


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


def report(rates: dict[str, float], console: Any) -> bool:
    """Print the shares of the open rate that are left; returns whether all reach the target."""
    left = {name: rates[name] / rates[OPEN] for name in (PLAIN, CONDITION)}
    shares = ", ".join(f"{share:.2f} with a {name}" for name, share in left.items())
    texts = [f"{name}: {rate:,.0f} a second" for name, rate in rates.items()]
    console.print(
        f"GetItem with authentication, of the open rate: {shares} ({'; '.join(texts)}); "
        f"target {TARGET}"
    )
    return min(left.values()) >= TARGET
