"""Words as the functions of the database take them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from portal.search.grammar import Term, parse

#: Numbers, references and addresses are found by their parts, from so many signs on.
SHORTEST_CODE: Final = 3
#: Parts that one search looks for; what is beyond them is a word like any other.
MOST_CODES: Final = 5

_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
#: What people write between digits, or leave out; as `search_codes` in the database takes it.
_BETWEEN = re.compile(r"[^\w@]|_")
#: What means something in a phrase of websearch_to_tsquery.
_SIGNS = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Words:
    """What a text must have to be found."""

    #: In the signs of websearch_to_tsquery; all of it must be there.
    all_of: str = ""
    #: The beginning of a word: the last one, which may still be being typed.
    last: str = ""
    #: Parts of numbers, references and addresses, without the signs between their digits.
    codes: tuple[str, ...] = ()
    #: The number of a ticket, when nothing else was typed.
    number: int | None = None
    #: What can stand in a text, any of it: what is highlighted beside `last`.
    any_of: str = ""

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Self:
        """What the terms of a search demand."""
        terms = tuple(terms)
        all_of: list[str] = []
        any_of: list[str] = []
        codes: list[str] = []
        last = ""
        for place, term in enumerate(terms):
            code = _code(term)
            is_plain = not (term.is_phrase or term.is_excluded)
            if code and len(codes) < MOST_CODES:
                codes.append(code)
                any_of.append(_said(term))
            elif is_plain and place == len(terms) - 1:
                last = term.text
            else:
                all_of.append(_said(term))
                any_of += [] if term.is_excluded else [_said(term)]
        number = _NUMBER.fullmatch(str(terms[0])) if len(terms) == 1 else None
        return cls(
            " ".join(all_of),
            last,
            tuple(codes),
            int(number[1]) if number else None,
            " or ".join(any_of),
        )

    @classmethod
    def plain(cls, text: str) -> Self:
        """What a text without operators demands: `state:open` is a word there."""
        return cls.of(parse(text, with_operators=False).terms)

    def __bool__(self) -> bool:
        return bool(self.all_of or self.last or self.codes)


def _code(term: Term) -> str:
    """What a number, a reference or an address is looked for by; "" for any other word."""
    if term.is_phrase or term.is_excluded or not re.search(r"[0-9@]", term.text):
        return ""
    code = _BETWEEN.sub("", term.text.lower())
    return code if len(code) >= SHORTEST_CODE else ""


def _said(term: Term) -> str:
    """A term in quotation marks, so that no word of it is an operator."""
    return f'{"-" if term.is_excluded else ""}"{_SIGNS.sub(" ", term.text)}"'
