"""Who it is that a provider vouches for, and what becomes of them here."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.openid.provider import Audience, Kind, Provider
from portal.people.models import Role
from portal.signin.assertion import Assertion
from portal.signin.codes import Code, Step
from portal.signin.emails import canonical_email, check_domain
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from portal.web.i18n import N_

NAME = "openid"

_LONGEST_NAME = 200
#: More groups than anybody is in by design.
_MOST_GROUPS = 2000


def needs_more(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether the ID token leaves something out that the userinfo endpoint may know."""
    wants_groups = provider.group_roles and not groups(provider.group_claim, claims)
    return bool("email" not in claims or "name" not in claims or wants_groups)


def assertion(
    provider: Provider,
    claims: Mapping[str, Any],
    *,
    methods: Sequence[str] = (),
    target: str,
    trace: Trace,
) -> Assertion:
    """What the pipeline is told; ``methods``: how they proved it there. Raises ``Refusal``."""
    with trace.step(Step.CLAIMS):
        email = claims.get("email")
        if not isinstance(email, str) or not email:
            raise Refusal(
                Code.CLAIM_MISSING,
                hint=N_("The provider sent no e-mail address. The scope “email” asks for it."),
                seen="email",
            )
        role, decided = _role(provider, claims)
    with trace.step(Step.EMAIL):
        _check_email(provider, claims, canonical_email(email))
    name = claims.get("name")
    locale = claims.get("locale")
    return Assertion(
        authenticator=NAME,
        email=email,
        name=_plain(name),
        namespace=provider.namespace,
        external_id=claims["sub"],
        role=role.value,
        role_cap=Role.AGENT,
        decided_role=decided,
        email_verified=True,
        target=target or None,
        locale=locale if isinstance(locale, str) else None,
        provider=provider.namespace,
        methods=tuple(methods),
    )


def _check_email(provider: Provider, claims: Mapping[str, Any], email: str) -> None:
    """An address that nobody proved would open somebody else's account."""
    verified = claims.get("email_verified")
    # Entra says it under a name of its own, where the app registration asks for it.
    if verified is None and provider.kind is Kind.MICROSOFT:
        verified = claims.get("xms_edov")
    proven = verified is True or verified in (1, "1", "true", "True")
    if not proven and not (verified is None and provider.trust_email):
        raise Refusal(
            Code.EMAIL_UNVERIFIED,
            hint=N_(
                "The provider does not say that the address is verified. If only your own "
                "directory can set addresses there, say so in the provider’s settings."
            ),
            seen=f"email_verified: {verified!r}"[:80],
        )
    check_domain(email, allowed=provider.email_domains, blocked=())
    if provider.kind is Kind.GOOGLE and provider.email_domains:
        # A Google account that was made with a company's address outlives the job there; only
        # the hosted domain says that the company has it.
        hosted = claims.get("hd")
        if not isinstance(hosted, str):
            raise Refusal(
                Code.EMAIL_DOMAIN_BLOCKED,
                hint=N_("This Google account is a private one: no company’s Workspace has it."),
                seen="hd",
            )
        check_domain(f"x@{hosted.lower()}", allowed=provider.email_domains, blocked=())


def _role(provider: Provider, claims: Mapping[str, Any]) -> tuple[Role, Role | None]:
    """The role of somebody new, and, where groups decide, the role of everybody."""
    if provider.audience is Audience.CUSTOMERS:
        return Role.CUSTOMER, None
    if not provider.group_roles:
        is_for_agents = provider.audience is Audience.AGENTS
        return (Role.AGENT if is_for_agents else Role.CUSTOMER), None
    mine = groups(provider.group_claim, claims)
    roles = [provider.group_roles[group] for group in mine if group in provider.group_roles]
    if not provider.admins:
        roles = [min(role, Role.AGENT, key=lambda each: each.rank) for role in roles]
    if roles:
        best = max(roles, key=lambda each: each.rank)
        return best, best
    if provider.audience is Audience.BOTH:
        return Role.CUSTOMER, Role.CUSTOMER
    overflow = claims.get("_claim_names") or claims.get("hasgroups")
    raise Refusal(
        Code.PROVIDER_GROUP_MISSING,
        hint=N_(
            "Entra leaves the groups out for people who are in very many. Let it send only the "
            "groups that are assigned to the application, or use app roles and the claim “roles”."
        )
        if overflow
        else None,
        seen=", ".join(mine)[:200] or provider.group_claim,
        wanted=", ".join(provider.group_roles)[:200],
    )


def groups(claim: str, claims: Mapping[str, Any]) -> list[str]:
    """The groups that a claim lists. A name with dots leads into objects, as Keycloak's
    ``realm_access.roles`` does."""
    value: Any = claims.get(claim)
    if value is None:
        value = claims
        for part in claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return []
    return [each for each in value[:_MOST_GROUPS] if isinstance(each, str)]


def _plain(name: object) -> str | None:
    """A name as it may be shown; None for what is none."""
    if not isinstance(name, str) or not name.isprintable() or not name.strip():
        return None
    return name.strip()[:_LONGEST_NAME]
