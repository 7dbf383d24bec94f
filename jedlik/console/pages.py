"""The console's files, read at the first request for one of them.

The address of a file has a digest of all files in it, so browsers cache them for ever and only
request the page, which names the digest. A page loaded before an upgrade of the server requests
files under the old digest: it receives the new ones, not to be cached.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

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


@dataclass(frozen=True, slots=True)
class File:
    """A file in the form in which it is sent."""

    body: bytes
    media_type: bytes


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
