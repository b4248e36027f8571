"""The first step of a new tenant that belongs to its site: that somebody came from there."""

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import exists, select

from portal.integration.milestones import Milestone
from portal.integration.models import IntegrationMilestone
from portal.web.first_steps import FirstStep
from portal.web.i18n import N_


def _somebody_came(request: Request) -> bool:
    reached = exists().where(
        IntegrationMilestone.tenant_id == request.tenant.id,
        IntegrationMilestone.name == Milestone.SIGN_IN,
    )
    return bool(request.db.scalar(select(reached)))


SIGN_IN = FirstStep(
    title=N_("Sign in through your own site"),
    text=N_("Your engineers connect it once; then customers need no second account here."),
    verb=N_("Connect your site"),
    path=("integration",),
    icon="plug",
    order=20,
    done=_somebody_came,
)


def includeme(config: Configurator) -> None:
    """Put the step into the list."""
    config.add_first_step(SIGN_IN)
