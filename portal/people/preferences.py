"""What a person chose for themselves, kept as JSON in `users.preferences`.

Every choice has a default, and what is stored and no longer understood means the default: an old
value never breaks a page.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Protocol, Self


class Density(StrEnum):
    """How much room a row of a list has."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class AfterSend(StrEnum):
    """Where an agent goes once a reply is sent."""

    STAY = "stay"
    NEXT = "next"
    LIST = "list"


#: Columns of the agents' list that can be switched off; the subject is always there.
COLUMNS = ("requester", "assignee", "team", "tags", "updated")


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices of one person."""

    density: Density = Density.COMFORTABLE
    columns: tuple[str, ...] = ("requester", "assignee", "updated")
    after_send: AfterSend = AfterSend.STAY
    #: Seconds for which a reply can be undone; 0: it goes at once.
    undo_seconds: int = 10
    shortcuts: bool = True
    #: The onboarding list was put away.
    onboarded: bool = False
    #: Kinds of notifications that are not wanted.
    muted: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """The preferences that a user's row holds."""
        known: dict[str, Any] = {}
        for name, default in asdict(cls()).items():
            value = (stored or {}).get(name, default)
            try:
                known[name] = (
                    _strings(value) if isinstance(default, tuple) else type(default)(value)
                )
            except (TypeError, ValueError):
                known[name] = default
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        """What differs from the defaults, as JSON."""
        defaults = asdict(type(self)())
        mine = asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in mine.items()
            if value != defaults[name]
        }


class _Chooser(Protocol):
    """Whoever has preferences: a row of `users`."""

    preferences: Any


def choose(user: _Chooser, **choices: Any) -> Preferences:
    """Keep the person's choices beside those that they have made before, and give all of them."""
    chosen = replace(Preferences.of(user.preferences), **choices)
    user.preferences = chosen.stored()
    return chosen


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(value)
    return tuple(str(item) for item in value)
