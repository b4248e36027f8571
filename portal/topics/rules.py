"""What topics and fields may be called; as in `portal.tenants.rules`, a rule raises ValueError."""

import re

from portal.tenants import rules
from portal.web.i18n import N_

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
#: Characters of a choice.
MAX_CHOICE = 100


def key(text: str) -> str:
    """A field's ID, as the API and addresses write it."""
    if not _KEY.fullmatch(text):
        raise ValueError(
            N_(
                "Use at most 40 lower-case letters a–z, digits and underscores, and begin with a "
                "letter."
            )
        )
    return text


def choice(text: str) -> str:
    """One of a field's choices."""
    return rules.one_line(text, MAX_CHOICE)
