"""Writes docs/llms.txt: an index of the manual for programs that read it.

python scripts/llms.py
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TARGET = DOCS / "llms.txt"

_ROW = re.compile(r"^\| \[([^\]]+)\]\(([\w-]+\.md)\) \| (.+?) \|$", re.MULTILINE)
_SUMMARY = """\
# Jedlik

> A database server in Python that speaks Amazon DynamoDB's API. AWS SDKs, the AWS CLI and tools
> made for DynamoDB work with it once their endpoint is changed. For laptops, tests, CI and data
> centres.

- Start it: `jedlik serve` (http://127.0.0.1:8000), or `jedlik serve --memory`, which keeps nothing.
- Clients: `AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000`, any credentials, any region.
- Tests in Python: the pytest fixtures `dynamodb` and `jedlik` come with the package.
- Every page by `jedlik manual PAGE`, every option by `jedlik serve --help`.
- What DynamoDB does that Jedlik does not: differences.md. Do not assume; look there.

## Manual
"""


def render(docs: Path = DOCS) -> str:
    """The text, from the index of the manual."""
    lines = [
        f"- [{title}]({page}): {answers}"
        for title, page, answers in _ROW.findall((docs / "README.md").read_text("utf-8"))
    ]
    return f"{_SUMMARY}\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
