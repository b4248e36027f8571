"""The first step of a new tenant that belongs to people: that the admin is not alone."""

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import exists, select

from portal.people.models import Role, User
from portal.web.first_steps import FirstStep
from portal.web.i18n import N_


def _has_colleagues(request: Request) -> bool:
    others = exists().where(
        User.tenant_id == request.tenant.id,
        User.role.in_((Role.AGENT, Role.ADMIN)),
        User.id != request.identity.user_id,
    )
    return bool(request.db.scalar(select(others)))


COLLEAGUE = FirstStep(
    title=N_("Invite a colleague"),
    text=N_("Agents answer tickets; admins also change settings."),
    verb=N_("Invite"),
    path=("settings", "people", "invite"),
    icon="user-plus",
    order=30,
    done=_has_colleagues,
)


def includeme(config: Configurator) -> None:
    """Put the step into the list."""
    config.add_first_step(COLLEAGUE)
