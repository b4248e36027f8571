"""What is typed into the search box, taken apart: words to find, and operators that narrow.

    text     = { operator | phrase | word }
    operator = name ":" value            state:open   organisation:"Northwind Ltd"   field.size:9
    phrase   = [ "-" ] '"' … '"'         every word, in this order
    word     = [ "-" ] sign { sign }     -word: must not be there

Nothing typed is an error of the grammar: what is no operator is a word. `http://…` and `Re:` are
words too.
"""

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"(?P<minus>-)?"
    r"(?:(?P<name>(?i:field)\.[A-Za-z][A-Za-z0-9_]*|[A-Za-z][A-Za-z_-]+):(?!//))?"
    r'(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))?'
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase to find, or one that must not be there."""

    text: str
    is_phrase: bool = False
    is_excluded: bool = False

    def __str__(self) -> str:
        minus = "-" if self.is_excluded else ""
        return f'{minus}"{self.text}"' if self.is_phrase else f"{minus}{self.text}"


@dataclass(frozen=True, slots=True)
class Operator:
    """A name, a colon and a value. The name is in lower case."""

    name: str
    value: str
    is_excluded: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.is_excluded else ''}{self.name}:{quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed: each kind in its order."""

    terms: tuple[Term, ...] = ()
    operators: tuple[Operator, ...] = ()

    @property
    def words(self) -> str:
        """The terms, as they are typed."""
        return " ".join(map(str, self.terms))


def parse(text: str, *, with_operators: bool = True) -> Query:
    """The words and operators of a text of one line. Never fails.

    `with_operators=False` is for boxes that know none: there `state:open` is a word.
    """
    terms: list[Term] = []
    operators: list[Operator] = []
    for match in _TOKEN.finditer(text):
        name, is_excluded = match["name"] or "", match["minus"] is not None
        is_phrase = match["quoted"] is not None
        value = " ".join((match["quoted"] if is_phrase else match["plain"] or "").split())
        if name and value and with_operators:
            operators.append(Operator(name.lower(), value, is_excluded))
            continue
        if name:
            value, is_phrase = f"{name}:{value}", False
        if any(map(str.isalnum, value)):
            terms.append(Term(value, is_phrase, is_excluded))
    return Query(tuple(terms), tuple(operators))


def quoted(value: str) -> str:
    """A value as it is typed behind its colon: in quotation marks if it needs them."""
    return f'"{value}"' if re.search(r"\s", value) else value
