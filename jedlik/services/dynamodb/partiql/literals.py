"""Literals to attribute values in canonical form.

    'text'  12.5e3  TRUE  FALSE  NULL  [1, 'a']  {'name': 1}  <<1, 2>>  <<'a', 'b'>>

Binaries have no literal; they are passed as parameters, which are always whole values (developer
guide, "PartiQL data types for DynamoDB"). Errors name the place inside the value: `root.x[1]`.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.services.dynamodb.partiql.tokens import (
    NUMBER,
    QUOTED,
    STRING,
    WORD,
    Token,
    not_well_formed,
    refused,
)
from jedlik.services.dynamodb.partiql.walking import Walker
from jedlik.values.attribute import AttributeValue
from jedlik.values.canonical import canonical_value
from jedlik.values.numbers import canonical
from jedlik.values.set_order import sorted_numbers, sorted_strings

_CONSTANTS: Final[dict[str, AttributeValue]] = {
    "TRUE": {"BOOL": True},
    "FALSE": {"BOOL": False},
    "NULL": {"NULL": True},
}
_MAX_SCALE: Final = 2**31 - 1


class LiteralGrammar(Walker):
    """Reads literals."""

    def starts_literal(self) -> bool:
        """Whether a literal comes next."""
        token = self.token
        return (
            token.kind in (STRING, NUMBER)
            or token.text in ("+", "-", "[", "{", "<<")
            or (token.kind == WORD and token.content in _CONSTANTS)
        )

    def literal(self, path: str = "root", depth: int = 1) -> AttributeValue:
        """The literal that comes next; `path` and `depth` are its place in the whole value."""
        token = self.token
        if depth > MAX_NESTING_DEPTH:
            raise ValidationException(f"Nesting Levels have exceeded supported limits under {path}")
        if token.kind == STRING:
            self.at += 1
            return {"S": token.content}
        if token.kind == WORD and token.content in _CONSTANTS:
            self.at += 1
            return dict(_CONSTANTS[token.content])
        if token.kind == NUMBER or token.text in ("+", "-"):
            return {"N": self._number(path)[0]}
        if self.accept("["):
            return self._list(path, depth)
        if self.accept("{"):
            return self._map(path, depth)
        if self.accept("<<"):
            return self._bag(path, depth)
        raise self._no_literal(token, path)

    def _no_literal(self, token: Token, path: str) -> ValidationException:
        if token.text == "?":
            kind = "Parameter"
        elif token.kind == WORD and not self.keyword_next():
            kind = token.text
        elif token.kind == QUOTED:
            kind = token.content
        else:
            return self.unexpected_term()
        return refused(self.text, token, f"Unsupported data type: {kind} under key {path}")

    def _number(self, path: str) -> tuple[str, str]:
        """The number that comes next: its canonical spelling, and its digits as written."""
        negative = False
        while self.token.text in ("+", "-"):
            negative ^= self.token.text == "-"
            self.at += 1
        token = self.token
        if token.kind != NUMBER:
            raise self.unexpected_term()
        self._check_scale(token)
        self.at += 1
        written = ("-" if negative else "") + token.text
        try:
            return canonical(written), written
        except ValidationException as error:
            raise ValidationException(f"{error.message} under {path}") from None

    def _check_scale(self, token: Token) -> None:
        """Exponent and scale must fit 32 bits; otherwise the service cannot read the statement."""
        mantissa, _, exponent = token.text.lower().partition("e")
        fraction = mantissa.partition(".")[2]
        digits = exponent.lstrip("+-").lstrip("0")
        if len(digits) <= len(str(_MAX_SCALE)):
            power = int(digits or "0")
            scale = len(fraction) - (-power if exponent.startswith("-") else power)
            if power <= _MAX_SCALE and abs(scale) <= _MAX_SCALE:
                return
        raise not_well_formed()

    def _list(self, path: str, depth: int) -> AttributeValue:
        elements: list[AttributeValue] = []
        for _ in self.each_until("]"):
            elements.append(self.literal(f"{path}[{len(elements)}]", depth + 1))
        return {"L": elements}

    def _map(self, path: str, depth: int) -> AttributeValue:
        opening = self.tokens[self.at - 1]
        members: dict[str, AttributeValue] = {}
        for _ in self.each_until("}"):
            name = self.member_name()
            if name in members:
                raise self.duplicate_key(opening, name, path)
            members[name] = self.literal(f"{path}.{name}", depth + 1)
        value: AttributeValue = {"M": members}
        canonical_value(value, depth)
        return value

    def duplicate_key(self, token: Token, name: str, path: str = "root") -> ValidationException:
        """The error for a second member with a name, reported at `token`."""
        return refused(self.text, token, f"Duplicate keys in tuple. Key: {name} under {path}")

    def member_name(self) -> str:
        """The name of a member of a map, and the colon after it."""
        token = self.token
        if token.kind != STRING:
            raise self.unexpected_term()
        self.at += 1
        self.expect(":", "Expected COLON")
        return token.content

    def _bag(self, path: str, depth: int) -> AttributeValue:
        """A set of strings or of numbers."""
        strings: list[str] = []
        numbers: list[tuple[str, str]] = []
        for _ in self.each_until(">>"):
            token = self.token
            if token.kind == STRING:
                self.at += 1
                strings.append(token.content)
            elif token.kind == NUMBER or token.text in ("+", "-"):
                numbers.append(self._number(f"{path}[{len(numbers)}]"))
            else:
                # Read only for its own errors, since a set cannot contain it.
                self.literal(path, depth + 1)
                numbers, strings = [("", "")], [""]
        if not strings and not numbers:
            raise ValidationException("Empty bags are not supported")
        if strings and numbers:
            raise ValidationException(
                "Unsupported data type in Bag. "
                "DynamoDB only supports either numbers or strings in bags"
            )
        if strings:
            if len(set(strings)) < len(strings):
                raise ValidationException.of_values(
                    f"Input collection [{', '.join(strings)}] contains duplicates."
                )
            return {"SS": sorted_strings(strings)}
        spellings = [spelling for spelling, _ in numbers]
        if len(set(spellings)) < len(spellings):
            written = ", ".join(digits for _, digits in numbers)
            raise ValidationException.of_values(
                f"Input collection [{written}] contains duplicates! under {path}"
            )
        return {"NS": sorted_numbers(spellings)}
