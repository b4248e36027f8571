"""What a list says of an API key: whether it is taken, and what its owner should look at."""

from datetime import UTC, datetime, timedelta
from enum import Enum

from portal.security.models import ApiKey
from portal.web.i18n import N_, Message

EXPIRES_SOON = timedelta(days=14)
LONG_UNUSED = timedelta(days=90)


class KeyState(Enum):
    """A key's state: tone and icon of its mark, and the word."""

    IN_FORCE = ("green", "circle-check", N_("In force"))
    EXPIRES_SOON = ("amber", "hourglass", N_("Expires soon"))
    UNUSED = ("amber", "clock", N_("Not used for 90 days"))
    EXPIRED = ("red", "circle-x", N_("Expired"))
    REVOKED = ("", "circle-slash", N_("Revoked"))

    def __init__(self, tone: str, icon: str, word: Message) -> None:
        self.tone = tone
        self.icon = icon
        self.word = word


def state_of(key: ApiKey, now: datetime | None = None) -> KeyState:
    """The state that matters most: what ended it, else what will, else that nobody uses it."""
    now = now or datetime.now(UTC)
    if key.revoked_at is not None:
        return KeyState.REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return KeyState.EXPIRED
    if key.expires_at is not None and key.expires_at <= now + EXPIRES_SOON:
        return KeyState.EXPIRES_SOON
    if (key.last_used_at or key.created_at) <= now - LONG_UNUSED:
        return KeyState.UNUSED
    return KeyState.IN_FORCE
