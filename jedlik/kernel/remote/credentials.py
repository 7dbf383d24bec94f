"""Credentials for calls to other services, found as in AWS's tools.

In the environment first, then by the library botocore, if it is installed, then in the shared
credentials file. If there are none, a fixed pair is used, as development servers accept any.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jedlik.auth.signing import SigningCredentials

ANY: Final = SigningCredentials("jedlik", "jedlik")


def find_credentials(environment: Mapping[str, str] | None = None) -> SigningCredentials:
    """The credentials found with this environment."""
    given = os.environ if environment is None else environment
    access_key, secret = given.get("AWS_ACCESS_KEY_ID"), given.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret:
        return SigningCredentials(access_key, secret, given.get("AWS_SESSION_TOKEN") or None)
    return _by_botocore() or _from_file(given) or ANY


def _by_botocore() -> SigningCredentials | None:
    try:
        from botocore.session import Session  # noqa: PLC0415
    except ImportError:
        return None
    found = Session().get_credentials()
    if found is None:
        return None
    frozen = found.get_frozen_credentials()
    return SigningCredentials(frozen.access_key, frozen.secret_key, frozen.token)


def _from_file(environment: Mapping[str, str]) -> SigningCredentials | None:
    path = environment.get("AWS_SHARED_CREDENTIALS_FILE")
    file = Path(path) if path else Path.home() / ".aws" / "credentials"
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(file, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        return None
    profile = environment.get("AWS_PROFILE", "default")
    if not parser.has_section(profile):
        return None
    section = parser[profile]
    access_key, secret = section.get("aws_access_key_id"), section.get("aws_secret_access_key")
    if not access_key or not secret:
        return None
    return SigningCredentials(access_key, secret, section.get("aws_session_token"))
