"""The console's files, read at the first request for one of them.

The address of a file has a digest of all files in it, so browsers cache them for ever and only
request the page, which names the digest. A page loaded before an upgrade of the server requests
files under the old digest: it receives the new ones, not to be cached.

A file is compressed at the first request for it, and kept in both forms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from jedlik.http.codings import encode, preferred_coding

_FOLDER: Final = Path(__file__).parent / "static"
_PAGE: Final = "index.html"
_BASE: Final = b"{base}"
_PRELOADS: Final = b"<!-- preloads -->"
_FIRST: Final = (
    "app/",
    "api/",
    "ui/",
    "code/",
    "text/en",
    "vendor/preact",
    "vendor/hooks",
    "vendor/htm",
)
"""Modules that every page begins with: named in the page, they are loaded together and not one
after another as imports are found. Views are loaded when they are opened."""
_MEDIA_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".json": b"application/json",
    ".txt": b"text/plain; charset=utf-8",
}
_DIGITS: Final = 16
_COMPRESS_FROM: Final = 1024
"""Bytes of a file below which a browser gains nothing: it takes as many packets either way."""
_LEVEL: Final = 6
"""zlib's: better by a fifth than that of answers, which are compressed again and again."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is, and in the content codings that browsers have requested."""

    body: bytes
    media_type: bytes
    _encoded: dict[bytes, bytes] = field(default_factory=dict, compare=False, repr=False)

    def sent(self, accept_encoding: bytes) -> tuple[bytes | None, bytes]:
        """The content coding to send it in, given a browser's Accept-Encoding, and the body in it;
        the coding None is identity."""
        coding = preferred_coding(accept_encoding)
        if coding is None or len(self.body) < _COMPRESS_FROM:
            return None, self.body
        if coding not in self._encoded:
            self._encoded[coding] = encode(self.body, coding, _LEVEL)
        return coding, self._encoded[coding]


class Pages:
    """All files. `root` is the console's path, without a slash at its end."""

    def __init__(self, root: str, folder: Path = _FOLDER) -> None:
        files = {
            path.relative_to(folder).as_posix(): File(path.read_bytes(), _MEDIA_TYPES[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in _MEDIA_TYPES
        }
        digest = sha256()
        for name, file in files.items():
            digest.update(b"%d %b %d " % (len(name), name.encode(), len(file.body)) + file.body)
        self.digest = digest.hexdigest()[:_DIGITS]
        template = files.pop(_PAGE)
        self._files = files
        base = f"{root}/static/{self.digest}"
        preloads = "\n".join(
            f'<link rel="modulepreload" href="{base}/{name}">'
            for name in files
            if name.endswith(".js") and name.startswith(_FIRST)
        )
        body = template.body.replace(_PRELOADS, preloads.encode())
        self.page = File(body.replace(_BASE, base.encode()), template.media_type)

    def find(self, name: str) -> File | None:
        """The file with that name, which has slashes for folders, from those that were read."""
        return self._files.get(name)
