"""The way from a new tenant to one whose customers come from its own site, step by step.

Nothing here is ticked by hand: each step is seen in what the tenant's site really did.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request
from sqlalchemy import Select, func, literal, select, union_all

from portal.integration.milestones import Milestone
from portal.integration.models import IntegrationMilestone
from portal.security.models import ApiKey
from portal.signin.models import SsoKey
from portal.web.i18n import N_, Message

_KEY_MADE, _KEY_USED, _API_CALLED = "key_made", "key_used", "api_called"


@dataclass(frozen=True, slots=True)
class Item:
    """A step."""

    title: Message
    #: What to do, while it is open.
    advice: Message
    done: bool = False
    #: When it was done, or last seen; None also for a setting, which has no moment.
    at: datetime | None = None
    #: What it is done with, once it is: an address.
    value: str = ""
    #: For admins: the settings page on which it is done, below `settings`.
    settings_page: tuple[str, ...] = ()
    #: Where the engineer has to go: an address of the help desk.
    address: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """All steps, in the order in which one takes them."""

    items: Sequence[Item]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(item.done for item in self.items)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to wait for."""
        return self.done == len(self.items)

    def etag(self, *reader: str) -> str:
        """Another one as soon as anything has changed for a reader of this language and zone."""
        seen = [(str(item.title), item.done, item.at, item.value) for item in self.items]
        return hashlib.sha256(repr((seen, reader)).encode()).hexdigest()[:16]


def checklist(request: Request) -> Checklist:
    """The steps as they are now: one statement beside the sign-in settings."""
    moments = _moments(request)
    remote_login_url: str = request.sign_in_configuration.settings.remote_login_url

    def step(name: str, title: Message, advice: Message, **more: str | tuple[str, ...]) -> Item:
        at = moments.get(name)
        return Item(title, advice, done=at is not None, at=at, **more)  # type: ignore[arg-type]  # each by its name

    return Checklist(
        (
            step(
                _KEY_MADE,
                N_("A signing key is made"),
                N_("An admin makes one in the sign-in settings, and hands its secret over once."),
                settings_page=("sign-in", "keys"),
            ),
            Item(
                N_("Your login page is known"),
                N_(
                    "Enter the address to which people are sent who need to sign in. It is called "
                    "the remote login URL."
                ),
                done=bool(remote_login_url),
                value=remote_login_url,
                settings_page=("sign-in",),
            ),
            step(
                _KEY_USED,
                N_("Your site signed a token with the key"),
                N_(
                    "Put its secret into the environment of your site, or of a sample, and sign in."
                ),
            ),
            step(
                Milestone.SIGN_IN,
                N_("A visitor signed in through your site"),
                N_("Log in on your site as a customer, and follow its link to the help desk."),
            ),
            step(
                Milestone.DEEP_LINK,
                N_("A visitor landed on the page that they wanted"),
                N_(
                    "Open this address in a private window, and sign in through your site. You "
                    "should arrive there, not on the home page."
                ),
                address=request.absolute(request.context_tenant, "tickets", "new"),
            ),
            step(
                Milestone.SIGN_OUT,
                N_("A visitor signed out"),
                N_(
                    "Come from your site, and sign out in the menu of the help desk. You should "
                    "land where your customers are meant to."
                ),
            ),
            step(
                _API_CALLED,
                N_("Your server called the API"),
                N_("An admin makes an API key. Open a ticket with it, as the samples do."),
                settings_page=("api-keys",),
            ),
        )
    )


def _moments(request: Request) -> dict[str, datetime]:
    """When each step was done, by name; without those that were not."""
    tenant_id: int = request.tenant.id

    def moment(name: str, statement: Select[Any]) -> Select[Any]:
        column = statement.scalar_subquery()
        return select(literal(name), column).where(column.is_not(None))

    rows = request.db.execute(
        union_all(
            moment(
                _KEY_MADE,
                select(func.max(SsoKey.created_at)).where(
                    SsoKey.tenant_id == tenant_id, SsoKey.state != "retired"
                ),
            ),
            moment(
                _KEY_USED,
                select(func.max(SsoKey.last_used_at)).where(SsoKey.tenant_id == tenant_id),
            ),
            moment(
                _API_CALLED,
                select(func.max(ApiKey.last_used_at)).where(ApiKey.tenant_id == tenant_id),
            ),
            select(IntegrationMilestone.name, IntegrationMilestone.reached_at).where(
                IntegrationMilestone.tenant_id == tenant_id
            ),
        )
    )
    return dict(rows.all())
