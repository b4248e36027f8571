"""What people's settings may be; as in `portal.tenants.rules`, a rule raises ValueError."""

from portal.people.service import normal_email
from portal.web.i18n import N_


def email(text: str) -> str:
    """An e-mail address, in lower case."""
    normal = normal_email(text)
    if normal is None:
        raise ValueError(N_("“%(text)s” is no e-mail address.", text=text[:60]))
    return normal
