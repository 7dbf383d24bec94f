"""The statements.

    SELECT * | path, ... FROM table[.index] [WHERE condition] [ORDER BY key [ASC | DESC], ...]
    INSERT INTO table VALUE {'name': data, ...}
    UPDATE table (SET ... | REMOVE ...)+ WHERE condition [RETURNING (ALL | MODIFIED) (OLD | NEW) *]
    FROM table WHERE condition (SET ... | REMOVE ...)+ [RETURNING ...]           UPDATE as well
    DELETE FROM table WHERE condition [RETURNING ALL OLD *]
    EXISTS(SELECT ...)

Developer guide, "PartiQL statements for DynamoDB"; EXISTS: "Using the EXISTS function with PartiQL
for DynamoDB". Parts of SQL that are missing here are missing there.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import ConditionTree
from jedlik.services.dynamodb.partiql.set_grammar import SetGrammar
from jedlik.services.dynamodb.partiql.statements import (
    Column,
    Delete,
    Exists,
    Insert,
    Ordering,
    Select,
    Statement,
    Update,
)
from jedlik.services.dynamodb.partiql.tokens import (
    END,
    NUMBER,
    QUOTED,
    STRING,
    WORD,
    not_well_formed,
    refused,
)

_UNSUPPORTED_CLAUSES: Final = ("LIMIT", "OFFSET", "GROUP", "HAVING", "LET")
_INFIX_OPERATORS: Final = frozenset({"-", "+", "*", "=", "<>", "!=", "<", "<=", ">", ">="})
_NO_RETURNING: Final = "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."
_JOINS: Final = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER")


class StatementGrammar(SetGrammar):
    """Reads one statement."""

    def statement(self) -> Statement:
        """The whole text as a statement."""
        found: Statement
        if self.accept_word("SELECT"):
            found = self._select()
        elif self.accept_word("INSERT"):
            found = self._insert()
        elif self.accept_word("UPDATE"):
            found = self._update()
        elif self.accept_word("FROM"):
            found = self._from_first_update()
        elif self.accept_word("DELETE"):
            found = self._delete()
        elif self.word_is("EXISTS") and self.starts_call():
            found = self._exists()
        else:
            raise not_well_formed("Expected data manipulation")
        self.check_end()
        return found

    # --- Tables -----------------------------------------------------------------------------------

    def _source(self) -> tuple[str, str | None]:
        """The table, and the index after a dot; refuses what may not follow them."""
        names = [self.name()]
        while self.accept("."):
            names.append(self.name_after_dot())
        if len(names) > 2:
            raise ValidationException("A path may contain at most 2 components in the FROM clause")
        if "" in names:
            raise ValidationException("Path component cannot be an empty string")
        if self.token.text == "," or self.keyword_next() in _JOINS:
            raise ValidationException("Only select from a single table or index is supported.")
        if self.token.kind == QUOTED or self.word_is("AS") or self._alias_next():
            raise ValidationException("Aliasing is not supported")
        return names[0], names[1] if len(names) == 2 else None

    def _alias_next(self) -> bool:
        return self.token.kind == WORD and not self.keyword_next()

    def _table(self) -> str:
        """The table of a statement that writes."""
        if not self.starts_name():
            raise not_well_formed("Expected identifier for simple path")
        table, index = self._source()
        if index is not None:
            raise ValidationException("This operation is not supported on an index")
        return table

    def _where(self) -> ConditionTree | None:
        return self.condition() if self.accept_word("WHERE") else None

    # --- SELECT -----------------------------------------------------------------------------------

    def _select(self) -> Select:
        columns = self._columns()
        self.expect_word("FROM", "Expected FROM after SELECT list")
        table, index = self._read_source()
        where = self._where()
        order: list[Ordering] = []
        if self.accept_word("ORDER"):
            self.expect_word("BY", "Expected BY")
            order.append(self._ordering())
            while self.accept(","):
                order.append(self._ordering())
        if self.keyword_next() in _UNSUPPORTED_CLAUSES:
            raise self._unsupported_clause()
        return Select(table, index, columns, where, tuple(order))

    def _read_source(self) -> tuple[str, str | None]:
        """The source of a SELECT. In the service's grammar this is any expression: `my-table`
        without quotes is a subtraction."""
        if self.token.kind != STRING:
            source = self._source()
            if self.token.text not in _INFIX_OPERATORS:
                return source
        raise ValidationException("Unexpected from source")

    def _unsupported_clause(self) -> ValidationException:
        """The error for a clause; that for LIMIT shows the position of the next token."""
        token = self.token
        clause = token.content
        if clause == "LIMIT":
            self.at += 1
            token = self.token
            if token.kind == END:
                return self.unexpected_term()
        return refused(self.text, token, f"Unsupported clause: {clause}")

    def _columns(self) -> tuple[Column, ...] | None:
        if self._projects_values():
            raise ValidationException("Select projection doesn't support value or pivot keywords")
        everything = self.accept("*")
        columns: list[Column] = []
        while not everything or self.accept(","):
            if self.starts_call():
                raise refused(self.text, self.token, "Unexpected path component")
            parts = self.path().parts
            columns.append(Column(column_name(parts), parts))
            if not everything and not self.accept(","):
                break
        if everything and columns:
            raise ValidationException(
                "Other attributes should not be present in the projection when '*' is used."
            )
        if everything:
            return None
        if self._alias_next() or self.word_is("AS"):
            raise ValidationException("Aliasing is not supported")
        _check_names(columns)
        return tuple(columns)

    def _projects_values(self) -> bool:
        """Whether SELECT VALUE or SELECT PIVOT comes; VALUE alone is an attribute here."""
        if not self.word_is("VALUE"):
            return self.word_is("PIVOT")
        self.at += 1
        follows = self.starts_name() or self.token.kind in (STRING, NUMBER)
        self.at -= 1
        return follows

    def _ordering(self) -> Ordering:
        attribute = self.name()
        descending = self.accept_word("DESC")
        if not descending:
            self.accept_word("ASC")
        return Ordering(attribute, descending)

    def _exists(self) -> Exists:
        self.at += 2
        self.expect_word("SELECT")
        select = self._select()
        self.close(")")
        return Exists(select.table, select)

    # --- INSERT -----------------------------------------------------------------------------------

    def _insert(self) -> Insert:
        self.expect_word("INTO", "Unexpected keyword")
        if not self.starts_name():
            raise not_well_formed("Expected identifier for simple path")
        names = [self.name()]
        while self.accept("."):
            names.append(self.name_after_dot())
        if "" in names:
            raise ValidationException("Path component cannot be an empty string")
        if len(names) > 1:
            raise ValidationException("This operation is not supported on an index")
        if not self.accept_word("VALUE"):
            raise self._no_value()
        if self.token.text == "?":
            return self._inserted(Insert(names[0], (), self.value().name))
        self.expect("{")
        attributes: dict[str, str] = {}
        for _ in self.each_until("}"):
            token = self.token
            name = self.member_name()
            if not name:
                raise ValidationException("Empty attribute name")
            if name in attributes:
                raise self.duplicate_key(token, name)
            attributes[name] = self.value().name
        return self._inserted(Insert(names[0], tuple(attributes.items())))

    def _no_value(self) -> ValidationException:
        """The error for an INSERT without VALUE after the table. PartiQL reads an expression there,
        such as the columns of `INSERT INTO t (a) VALUES (1)`, and stumbles over what follows it."""
        if self.accept("("):
            for _ in self.each_until(")"):
                self._term()
        elif self.accept_word("VALUES"):
            self.expect("(", "Expected LEFT_PAREN for row value constructor")
            return not_well_formed("Unexpected keyword")
        elif not self.starts_name():
            problem = "Unexpected term" if self.token.kind == END else "Unexpected keyword"
            return not_well_formed(problem)
        return not_well_formed("Unexpected token after expression")

    def _inserted(self, insert: Insert) -> Insert:
        if self.word_is("RETURNING"):
            raise ValidationException("RETURNING is not supported in INSERT")
        return insert

    # --- UPDATE and DELETE ------------------------------------------------------------------------

    def _update(self) -> Update:
        table = self._table()
        actions = self.actions()
        where = self._where()
        return Update(table, actions, tuple(self.arguments), where, self._returning())

    def _from_first_update(self) -> Update:
        table = self._table()
        where = self._where()
        actions = self.actions()
        return Update(table, actions, tuple(self.arguments), where, self._returning())

    def _delete(self) -> Delete:
        self.expect_word("FROM", "Expected FROM after DELETE")
        table = self._table()
        where = self._where()
        returning = self._returning()
        if returning not in (None, "ALL OLD"):
            raise ValidationException(
                f"Invalid returning clause: RETURNING {returning} *. "
                "Only RETURNING ALL OLD * is allowed in DELETE statements."
            )
        return Delete(table, where, returning)

    def _returning(self) -> str | None:
        if not self.accept_word("RETURNING"):
            return None
        words = []
        for choices in (("ALL", "MODIFIED"), ("OLD", "NEW")):
            token = self.token
            if token.kind != WORD or token.content not in choices:
                raise not_well_formed(_NO_RETURNING)
            words.append(token.content)
            self.at += 1
        self.expect("*")
        return " ".join(words)


def _check_names(columns: list[Column]) -> None:
    """Refuse two columns that would have the same name in the answer."""
    names: set[str] = set()
    for column in columns:
        if column.name in names:
            raise ValidationException(f"Duplicate identifiers in select clause: {column.name}")
        names.add(column.name)


def column_name(parts: tuple[str | int, ...]) -> str:
    """The name of a path in the answer: its last name and the indexes after it."""
    start = max(place for place, part in enumerate(parts) if isinstance(part, str))
    indexes = "".join(f"[{part}]" for part in parts[start + 1 :])
    return f"{parts[start]}{indexes}"
