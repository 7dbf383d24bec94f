"""Access points: separate listeners, like the endpoints of a VPC.

    NAME=HOST:PORT[,vpc=ID][,source=RANGE]...[,policy=FILE]

For requests that arrive there, `aws:SourceVpce` is the name and `aws:SourceVpc` the id. Clients
outside the ranges are rejected, and if there is a policy, only requests that it allows may pass
(VPC guide, "Control access to VPC endpoints using endpoint policies").
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from jedlik.app.addresses.hosts import is_this_machine
from jedlik.auth.policy.compile import Policy
from jedlik.auth.policy.document import MalformedPolicy, read_policy
from jedlik.gateway.exchange import AccessPoint
from jedlik.services.iam.authorization.new_policies import compile_new


class AccessPointError(ValueError):
    """A text that is not a valid access point; the message says why."""


@dataclass(frozen=True, slots=True)
class AccessPointSettings:
    """Where an access point listens, and how its requests are identified."""

    host: str
    port: int
    point: AccessPoint

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return is_this_machine(self.host)


def read_access_point(text: str) -> AccessPointSettings:
    """The access point that a text describes. Raises AccessPointError."""
    name, equals, rest = text.partition("=")
    address, *options = rest.split(",")
    host, colon, port = address.rpartition(":")
    if not (name and equals and colon and port.isascii() and port.isdigit() and int(port) < 65536):
        raise AccessPointError(f"{text} is not of the form NAME=HOST:PORT")
    vpc: str | None = None
    sources = []
    policies = None
    for option in options:
        key, _, value = option.partition("=")
        if key == "vpc" and value:
            vpc = value
        elif key == "source":
            sources.append(_network(value))
        elif key == "policy":
            policies = (_policy(Path(value)),)
        else:
            raise AccessPointError(f"{option} is not one of vpc=ID, source=RANGE and policy=FILE")
    point = AccessPoint(vpc, name, policies, tuple(sources))
    return AccessPointSettings(host.strip("[]"), int(port), point)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise AccessPointError(f"{text} is not a range of addresses: {error}") from error


def _policy(file: Path) -> Policy:
    try:
        text = file.read_text()
        try:
            return compile_new(read_policy(text, names_principals=True))
        except MalformedPolicy:
            return compile_new(read_policy(text))
    except OSError as error:
        raise AccessPointError(f"{file} cannot be read: {error.strerror}") from error
    except (MalformedPolicy, UnicodeDecodeError) as error:
        raise AccessPointError(f"{file} is not a valid policy: {error}") from error
