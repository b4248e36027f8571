"""What the last uses of two keys say about when the previous one may end."""

from datetime import UTC, datetime, timedelta
from enum import Enum

from portal.signin.models import SsoKey
from portal.web.i18n import N_, Message

_RECENTLY = timedelta(hours=1)


class KeyAdvice(Enum):
    """What to do with the previous key: tone and icon of the mark, a title and a sentence."""

    STILL_USED = (
        "amber",
        "triangle-alert",
        N_("Your site still signs with it"),
        N_("Put the new key into its configuration before this one ends."),
    )
    LATELY_USED = (
        "amber",
        "hourglass",
        N_("Used since the change, but not in the last hour"),
        N_("Look whether one of your servers still has it before you end it."),
    )
    UNUSED = (
        "green",
        "circle-check",
        N_("Safe to end now"),
        N_("Since the change, your site has signed with the new key alone."),
    )
    UNKNOWN = (
        "",
        "clock",
        N_("Nobody has signed in since the change"),
        N_("The next sign-in shows which key your site signs with."),
    )

    def __init__(self, tone: str, icon: str, title: Message, text: Message) -> None:
        self.tone = tone
        self.icon = icon
        self.title = title
        self.text = text


def key_advice(current: SsoKey, previous: SsoKey, now: datetime | None = None) -> KeyAdvice:
    """What to do with the previous key, which the current one replaced when it was made."""
    used = previous.last_used_at
    if used is not None and used > current.created_at:
        recently = (now or datetime.now(UTC)) - used < _RECENTLY
        return KeyAdvice.STILL_USED if recently else KeyAdvice.LATELY_USED
    return KeyAdvice.UNUSED if current.last_used_at is not None else KeyAdvice.UNKNOWN
