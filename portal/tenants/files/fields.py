"""The values that a tenant file's keys take."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from portal.tenants.rules import Rule
from portal.web.i18n import translate

#: What a shown file says in place of a secret. Read again, it means: leave the secret alone.
MASK = "********"


class Wrong(Exception):
    """A value that its key does not take. The message is a sentence without its subject."""


class MissingVariable(Wrong):
    """`env:NAME`, and the environment has no NAME."""


class Field:
    """One key of a table. `parse` gives the value that is kept, or raises Wrong."""

    def parse(self, value: Any) -> Any:
        """The value, checked."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Field):
    """A text that follows a rule; with `empty`, "" is taken as well."""

    rule: Rule
    empty: bool = False

    def parse(self, value: Any) -> str:
        """The text in the rule's form."""
        if not isinstance(value, str):
            raise Wrong("must be a text in quotes")
        if self.empty and not value:
            return ""
        return follow(self.rule, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Field):
    """One of a few words."""

    words: Collection[str]

    def parse(self, value: Any) -> str:
        """The word."""
        if not isinstance(value, str) or value not in self.words:
            raise Wrong(f"must be {listed(self.words)}, not {shown(value)}")
        return value


class Flag(Field):
    """true or false."""

    def parse(self, value: Any) -> bool:
        """The flag."""
        if not isinstance(value, bool):
            raise Wrong(f"must be true or false, not {shown(value)}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Field):
    """A whole number within bounds."""

    low: int
    high: int

    def parse(self, value: Any) -> int:
        """The number."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"must be a whole number, not {shown(value)}")
        if not self.low <= value <= self.high:
            raise Wrong(f"must be from {self.low} to {self.high}, not {value}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts(Field):
    """A list of texts, each of which follows a rule, none twice."""

    rule: Rule

    def parse(self, value: Any) -> list[str]:
        """The texts, in their order."""
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Wrong('must be a list of texts, such as ["one", "two"]')
        texts = [follow(self.rule, each) for each in value]
        for text in texts:
            if texts.count(text) > 1:
                raise Wrong(f"names {shown(text)} twice")
        return texts


class Moment(Field):
    """A point in time, with its offset from UTC."""

    def parse(self, value: Any) -> datetime:
        """The moment, in UTC."""
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise Wrong("must be a time with its zone, such as 2026-03-12T14:00:00Z")
        return value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class SecretText:
    """A secret of the file: never in a repr, a problem or a change. None: masked."""

    value: str | None = field(repr=False)

    @property
    def masked(self) -> bool:
        """Whether the file only says that there is one."""
        return self.value is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Field):
    """A secret of at least so many bytes (as UTF-8). The mask stands for the one that is there."""

    shortest: int = 1
    longest: int = 1024

    def parse(self, value: Any) -> SecretText:
        """The secret, or the mask."""
        if not isinstance(value, str):
            raise Wrong("must be a text in quotes")
        if value == MASK:
            return SecretText(None)
        size = len(value.encode("utf-8"))
        if size < self.shortest:
            raise Wrong(f"must be at least {self.shortest} bytes long, and is {size}")
        if size > self.longest:
            raise Wrong(f"must be at most {self.longest} bytes long, and is {size}")
        return SecretText(value)


def from_environment(value: Any, environ: Mapping[str, str]) -> Any:
    """The value, or for `env:NAME` the variable's. Raises MissingVariable."""
    if not isinstance(value, str) or not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    if not environ.get(name):
        raise MissingVariable(f"is read from the environment, and {name or 'no name'} is not set")
    return environ[name]


def follow(rule: Callable[[str], str], text: str) -> str:
    """The text in the rule's form. Raises Wrong with the rule's sentence."""
    try:
        return rule(text)
    except ValueError as error:
        raise Wrong(translate("en", error.args[0]).rstrip(".")) from None


def listed(words: Collection[str]) -> str:
    """Words as a sentence lists them: "a", "b" or "c"."""
    quoted = [f'"{word}"' for word in words]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def shown(value: Any) -> str:
    """A value of the file as a problem quotes it: short, and never more than one line."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower()
    return (text[:60] + "…" if len(text) > 61 else text).replace("\n", " ")
