"""Which of the first steps are done."""

from dataclasses import dataclass

from pyramid.request import Request

from portal.people.sections import Section
from portal.security.permissions import Permission
from portal.web.first_steps import FirstStep, first_steps


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as the list shows it."""

    step: FirstStep
    url: str
    done: bool


def first_steps_section(request: Request) -> Section | None:
    """The list; nothing for those who set nothing up, put it away, or have done all of it."""
    tenant = request.context_tenant
    if request.identity.preferences.onboarded:
        return None
    if not request.has_permission(Permission.ADMINISTER, tenant):
        return None
    shown = [
        ShownStep(step, request.place(tenant, *step.path), step.done(request))
        for step in first_steps(request)
    ]
    done = sum(each.done for each in shown)
    if done == len(shown):
        return None
    return Section("onboarding/_first_steps.jinja2", {"steps": shown, "done": done})
