"""Calls to the admin listener of a running server (`jedlik serve --admin-port`)."""

from __future__ import annotations

import http.client
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import click
import orjson

from jedlik.base.trust import client_context, handshake_failure
from jedlik.base.urls import is_origin
from jedlik.cli import exits
from jedlik.cli.options.option import option

DEFAULT_URL: Final = "http://127.0.0.1:9090"
"""The port in the manual's examples; without --admin-port a server has no admin listener."""

_WHERE: Final = "A server has one if it was started with --admin-port, on that port"

admin_option = click.option(
    "--admin",
    metavar="URL",
    default=DEFAULT_URL,
    show_default=True,
    help="The server's admin listener (`jedlik serve --admin-port 9090`).",
)
"""For commands that do nothing without the listener; elsewhere `--endpoint` is the API's."""

admin_token_option = option(
    "--admin-token", metavar="TOKEN", help="The server's admin token, if it has one."
)
"""For every command that calls the listener; its parameter is `admin_token`."""


class AdminListener:
    """The listener at `url`. Raises click.UsageError if that is not a URL."""

    def __init__(self, url: str, token: str | None) -> None:
        if not is_origin(url):
            raise click.UsageError(
                f"{url} is not the URL of an admin listener, such as {DEFAULT_URL}"
            )
        parts = urlsplit(url)
        self._url = url
        self._address = parts.netloc
        self._secure = parts.scheme == "https"
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def ask(
        self, method: str, target: str, body: bytes | None = None, *, seconds: float
    ) -> dict[str, Any]:
        """The members of the answer; waits for it up to `seconds`. Raises Failure."""
        connection: http.client.HTTPConnection | None = None
        try:
            connection = self._connection(seconds)
            connection.request(method, target, body, self._headers)
            answer = connection.getresponse()
            content = orjson.loads(answer.read() or b"{}")
            if not isinstance(content, dict):
                raise ValueError("it is not a JSON object")
        except ssl.SSLError as error:
            reason = handshake_failure(error)
            raise exits.Failure(f"{self._url} does not answer: {reason}", exits.FOUND) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise exits.Failure(
                f"{self._url} does not answer: {reason}. {_WHERE}", exits.FOUND
            ) from error
        except (http.client.HTTPException, ValueError) as error:
            raise exits.Failure(
                f"{self._url} is not the admin listener of a server. {_WHERE}", exits.FOUND
            ) from error
        finally:
            if connection is not None:
                connection.close()
        if answer.status != http.client.OK:
            text = content.get("message") or content.get("Message") or content
            raise exits.Failure(f"{self._url}: {text}", exits.FOUND)
        found: dict[str, Any] = content
        return found

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._address, timeout=seconds)
        return http.client.HTTPSConnection(self._address, timeout=seconds, context=client_context())
