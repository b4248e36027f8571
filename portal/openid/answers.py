"""What a browser brings back from a provider: whose answer it is, and whether it is one."""

from collections.abc import Mapping

from pyramid.request import Request

from portal.openid import exchange
from portal.openid.directory import Metadata
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_

#: Errors that say that somebody did not sign in there, and not that anything went wrong.
_DECLINED = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "login_required",
    }
)


def single_parameters(request: Request) -> dict[str, str]:
    """The parameters. Raises ``Refusal`` for one that came twice (RFC 6749, 3.1)."""
    found: dict[str, str] = {}
    for name, value in request.GET.items():
        if name in found:
            raise Refusal(Code.REQUEST_MALFORMED, seen=name[:40])
        found[name] = value
    return found


def check_issuer(parameters: Mapping[str, str], metadata: Metadata) -> None:
    """RFC 9207: the answer is this provider's, and no other's that was mixed up with it.

    Raises ``Refusal``.
    """
    named = parameters.get("iss")
    if named is None and not metadata.sends_iss:
        return
    if named != metadata.issuer:
        raise Refusal(
            Code.ID_TOKEN_MISMATCH,
            hint=N_("The answer is not the one of the provider that the visitor was sent to.")
            if named is not None
            else N_("The answer does not name its issuer, as this provider’s answers do."),
            seen=(named or "")[:200],
            wanted=metadata.issuer,
        )


def check_answer(parameters: Mapping[str, str]) -> None:
    """It holds a code, and no error instead (RFC 6749, 4.1.2.1; Core, 3.1.2.6).

    Raises ``Refusal``.
    """
    if "error" in parameters:
        word = exchange.error_word(parameters["error"])
        raise Refusal(
            Code.PROVIDER_DECLINED if word in _DECLINED else Code.PROVIDER_FAILED,
            hint=N_("The provider said “%(error)s”.", error=word or "–"),
            seen=word,
        )
    if not parameters.get("code"):
        raise Refusal(Code.REQUEST_MALFORMED, hint=N_("The provider sent neither code nor error."))
