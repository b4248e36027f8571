"""What a try of a provider showed, for the admin who made it."""

from typing import Any

from pyramid.request import Request

from portal.signin.pipeline import Judged
from portal.signin.refusals import Refusal


def tried(
    request: Request, key: str, judged: Judged | None, refusal: Refusal | None
) -> dict[str, Any]:
    """The values of the page. The trace shows every check that was made."""
    trace = request.sign_in_attempt.trace
    settings = request.context_tenant["settings"]
    return {
        "settings": settings,
        "list_url": request.place(settings, "providers"),
        "provider_url": request.place(settings, "providers", key),
        "judged": judged if refusal is None else None,
        "refusal": refusal,
        # Some are made in two parts: what the last one saw is shown.
        "checks": list({check.step: check for check in trace.checks}.values()),
        "notices": trace.notices,
        "masked_email": trace.masked_email,
    }
