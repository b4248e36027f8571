"""E-mail addresses in a sign-in: canonical form, the tenant's domain lists, the log's mask."""

from collections.abc import Collection

from portal.people.service import normal_email
from portal.signin.codes import Code
from portal.signin.refusals import Refusal


def canonical_email(text: str) -> str:
    """The address in the form that is stored and compared.

    Only A–Z are lowered and only ASCII is taken: Unicode's lower case would make different
    addresses equal (the Kelvin sign becomes k), and so hand one person's account to another.
    Raises ``Refusal(email_invalid)``.
    """
    email = normal_email(text)
    if email is None:
        raise Refusal(Code.EMAIL_INVALID, wanted="name@example.com")
    return email


def check_domain(email: str, *, allowed: Collection[str], blocked: Collection[str]) -> None:
    """Hold a canonical address against the tenant's lists; an empty ``allowed`` allows all.

    An entry is a domain, or ``*.`` and a domain for all below it. Raises
    ``Refusal(email_domain_blocked)``.
    """
    domain = email.rpartition("@")[2]
    if any(_covers(entry, domain) for entry in blocked) or (
        allowed and not any(_covers(entry, domain) for entry in allowed)
    ):
        raise Refusal(Code.EMAIL_DOMAIN_BLOCKED, seen=domain[:80])


def mask_email(email: str) -> str:
    """The address as the sign-in log shows it: ``ma•••@example.com``.

    What is no address is masked as well: ``ma•••``.
    """
    local, at, domain = email.rpartition("@") if "@" in email else (email, "", "")
    return f"{local[: 2 if len(local) > 2 else 1]}•••{at}{domain}"


def _covers(entry: str, domain: str) -> bool:
    entry = entry.strip().lower()
    return domain.endswith(entry[1:]) if entry.startswith("*.") else domain == entry
