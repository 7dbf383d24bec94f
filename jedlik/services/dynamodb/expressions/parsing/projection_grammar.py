"""The grammar of projections: paths, with commas between them.

Developer guide, "Using projection expressions in DynamoDB".
"""

from __future__ import annotations

from jedlik.services.dynamodb.expressions.parsing.grammar import Grammar
from jedlik.services.dynamodb.expressions.parsing.lexer import END
from jedlik.services.dynamodb.expressions.parsing.syntax import Path


class ProjectionGrammar(Grammar):
    """Reads a projection expression."""

    def parse(self) -> list[Path]:
        """The whole text as paths in the order of the text."""
        paths = [self.path()]
        while self.accept(","):
            paths.append(self.path())
        if self.token.kind != END:
            self.fail()
        self.check()
        return paths
