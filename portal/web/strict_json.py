"""JSON objects, read strictly: what two parsers may read differently is refused (RFC 7493).

RFC 8259 leaves duplicate names to the parser, Python's takes the last of them, and its JSON also
reads NaN.
"""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NoReturn

#: How deeply objects and arrays may nest. What the portal reads reaches three.
MAX_DEPTH = 10
# The closing quote is optional, so that a match never fails and never has to be tried again.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


class Fault(StrEnum):
    """What is wrong with a text that should be a JSON object."""

    ENCODING = "encoding"
    DEPTH = "depth"
    SYNTAX = "syntax"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE = "duplicate"
    CONSTANT = "constant"
    SURROGATE = "surrogate"


class NotStrict(Exception):
    """The text is no JSON object, or one that could be read in two ways."""

    def __init__(self, fault: Fault, seen: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        #: The constant that is none, in a ``CONSTANT``.
        self.seen = seen


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object in ``data``, which is UTF-8. Raises ``NotStrict`` and nothing else."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrict(Fault.ENCODING) from None
    if _depth(text) > MAX_DEPTH:
        raise NotStrict(Fault.DEPTH)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    # ValueError also stands for a number with thousands of digits.
    except (ValueError, RecursionError):
        raise NotStrict(Fault.SYNTAX) from None
    if not isinstance(value, dict):
        raise NotStrict(Fault.NOT_AN_OBJECT)
    if any(_has_surrogate(string) for string in _strings(value)):
        raise NotStrict(Fault.SURROGATE)
    return value


def _depth(text: str) -> int:
    """How deeply the brackets nest, found before a parser recurses into them."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotStrict(Fault.DUPLICATE)
    return result


def _no_constant(name: str) -> NoReturn:
    raise NotStrict(Fault.CONSTANT, name.lstrip("-"))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
