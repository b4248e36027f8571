"""The two calls of a sign-in: a code for tokens, and an access token for what is known of somebody.

RFC 6749, 4.1.3; OpenID Connect Core, 3.1.3 and 5.3.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from portal.openid.directory import Metadata
from portal.openid.provider import Provider
from portal.outgoing import Answer, OutgoingClient, OutgoingError
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_, Message
from portal.web.strict_json import NotStrict, read_object

_VISIBLE = re.compile(r"[!-~]+")
_ERROR = re.compile(r"[!#-\[\]-~]{1,80}")

#: What the errors of RFC 6749, 5.2, mean for whoever set the provider up.
_MEANINGS = {
    "invalid_client": N_(
        "The provider does not know this client, or its secret is another: compare the client ID, "
        "and enter a new secret. At Microsoft, enter its value, not its ID."
    ),
    "invalid_grant": N_(
        "The provider takes the code for used, too old or meant for another address. If it happens "
        "every time, compare the redirect URI there."
    ),
    "unauthorized_client": N_(
        "The client may not do this there: allow it the authorization code flow."
    ),
}


def redeem(
    outgoing: OutgoingClient,
    provider: Provider,
    metadata: Metadata,
    *,
    code: str,
    verifier: str,
    redirect_uri: str,
) -> Mapping[str, Any]:
    """The token endpoint's answer. Raises ``Refusal``."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"Accept": "application/json"}
    if provider.secret is None:
        form["client_id"] = provider.client_id
    elif _by_post(metadata):
        form |= {"client_id": provider.client_id, "client_secret": provider.secret}
    else:
        # RFC 6749, 2.3.1: each is form-encoded before they are joined.
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = _reached(lambda: outgoing.post(metadata.token_endpoint, form=form, headers=headers))
    document = _object(answer)
    if not answer.ok:
        raise _rejected(document.get("error"))
    return document


def access_token(tokens: Mapping[str, Any]) -> str | None:
    """The answer's access token; None where it has none that could stand in a header (RFC 6749,
    A.12)."""
    value = tokens.get("access_token")
    return value if isinstance(value, str) and _VISIBLE.fullmatch(value) else None


def userinfo(
    outgoing: OutgoingClient, metadata: Metadata, access_token: str, *, sub: str
) -> Mapping[str, Any]:
    """More claims of the same person (Core, 5.3.2). Raises ``Refusal``."""
    endpoint = metadata.userinfo_endpoint
    if endpoint is None:
        return {}
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    answer = _reached(lambda: outgoing.get(endpoint, headers=headers))
    document = _object(answer)
    if not answer.ok:
        raise Refusal(
            Code.PROVIDER_FAILED,
            hint=N_("The userinfo endpoint answered with status %(status)d.", status=answer.status),
        )
    if document.get("sub") != sub:
        # Core, 5.3.4: otherwise one person's token could be given to another's sign-in.
        raise Refusal(
            Code.ID_TOKEN_MISMATCH,
            hint=N_("The userinfo endpoint speaks of another person than the ID token."),
            seen="sub",
        )
    return document


def _by_post(metadata: Metadata) -> bool:
    """RFC 8414, 2: the basic scheme, unless the provider only takes the other."""
    methods = metadata.auth_methods
    return "client_secret_post" in methods and "client_secret_basic" not in methods


def _reached(call: Any) -> Answer:
    try:
        answer: Answer = call()
    except OutgoingError as error:
        raise Refusal(Code.PROVIDER_UNREACHABLE, hint=error.message) from error
    if answer.status >= 500:
        raise Refusal(
            Code.PROVIDER_UNREACHABLE,
            hint=N_("The provider answered with status %(status)d.", status=answer.status),
        )
    return answer


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        return read_object(answer.body)
    except NotStrict as error:
        raise Refusal(
            Code.PROVIDER_FAILED, hint=N_("The provider’s answer is no JSON object.")
        ) from error


def _rejected(error: object) -> Refusal:
    word = error_word(error)
    hint: Message = _MEANINGS.get(word) or N_(
        "The provider refused the code: “%(error)s”.", error=word or "–"
    )
    return Refusal(Code.PROVIDER_FAILED, hint=hint, seen=word)


def error_word(error: object) -> str:
    """An error code as RFC 6749 allows it; empty for what is none."""
    return error if isinstance(error, str) and _ERROR.fullmatch(error) else ""
