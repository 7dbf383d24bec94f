"""Fetches the libraries of the console's pages from npm: `make console-libraries`.

Each is one module of a published package, in which imports by name become imports by path, since
pages have no import map (they may not have inline scripts).
jedlik/console/static/vendor/libraries.json lists their names, versions, licences and digests.
Without arguments these versions are fetched again; `--newest` fetches the newest ones.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "jedlik" / "console" / "static" / "vendor"
LIST = FOLDER / "libraries.json"
FILES = {
    "preact": {
        "dist/preact.mjs": "preact.js",
        "hooks/dist/hooks.mjs": "hooks.js",
    },
    "htm": {"dist/htm.mjs": "htm.js"},
    "uplot": {"dist/uPlot.esm.js": "uplot.js", "dist/uPlot.min.css": "uplot.css"},
    "aws4fetch": {"dist/aws4fetch.esm.mjs": "aws4fetch.js"},
}
PURPOSES = {
    "preact": "views",
    "htm": "markup in JavaScript without a build step",
    "uplot": "plots of time series",
    "aws4fetch": "Signature Version 4 in the browser",
}
BY_NAME = re.compile(r'(from|import)\s*"preact"')
SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+")


def package(name: str, version: str, scratch: Path) -> dict[str, bytes]:
    """The files of a package, by path."""
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"],
        cwd=scratch, check=True, capture_output=True, text=True,
    )  # fmt: skip
    archive = io.BytesIO((scratch / done.stdout.split()[-1]).read_bytes())
    with tarfile.open(fileobj=archive) as tar:
        return {
            member.name.removeprefix("package/"): extracted.read()
            for member in tar.getmembers()
            if (extracted := tar.extractfile(member)) is not None
        }


def as_served(content: bytes) -> bytes:
    """A module without imports by name, and without the address of its source map, which is not
    served."""
    text = SOURCE_MAP.sub("", content.decode())
    text = BY_NAME.sub(r'\1"./preact.js"', text).rstrip()
    return (text + "\n").encode()


def take(name: str, version: str, scratch: Path) -> tuple[dict[str, Any], str]:
    """Write the files of a library; returns its entry in the list, and its licence's text."""
    files = package(name, version, scratch)
    about = json.loads(files["package.json"])
    digests = {}
    for source, target in FILES[name].items():
        content = as_served(files[source])
        (FOLDER / target).write_bytes(content)
        digests[target] = hashlib.sha256(content).hexdigest()
    entry = {
        "name": name, "version": about["version"], "licence": about["license"],
        "for": PURPOSES[name], "files": digests,
    }  # fmt: skip
    return entry, files["LICENSE"].decode().strip()


def main() -> None:
    newest = "--newest" in sys.argv[1:]
    known = json.loads(LIST.read_text()) if LIST.exists() else []
    versions = {} if newest else {each["name"]: each["version"] for each in known}
    FOLDER.mkdir(parents=True, exist_ok=True)
    entries, licences = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for name in FILES:
            entry, licence = take(name, versions.get(name, "latest"), Path(scratch))
            entries.append(entry)
            licences.append(f"{name} {entry['version']} ({entry['licence']})\n\n{licence}\n")
            print(name, entry["version"], entry["licence"])
    LIST.write_text(json.dumps(entries, indent=2) + "\n")
    (FOLDER / "LICENCES.txt").write_text(f"\n{'-' * 72}\n\n".join(licences))


if __name__ == "__main__":
    main()
