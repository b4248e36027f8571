"""A token that waits for the visitor: for an answer, or for the browser's cookies.

It waits in the browser, in a cookie that only the server can read, for five minutes. Not in the
database, where no token is ever kept, and not in an address. It is judged by the moment at which
it arrived, and it is used up like any other.
"""

import base64
import binascii
import json
import time
from typing import Any

from pyramid.request import Request

from portal.security import cookies
from portal.security.secrets import SecretError, secret_box
from portal.signin.codes import Code
from portal.signin.dialects import dialects
from portal.signin.jwt_sso import Arrival, unpack
from portal.signin.parameters import Parameters
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from portal.web.i18n import N_

KEPT_FOR = 300
#: Browsers keep 4096 bytes of a cookie: name, value and attributes.
_LARGEST = 3900
_ROW = "held sign-in"
_PURPOSE = "held"


def hold(request: Request, arrival: Arrival) -> None:
    """Let the token wait. Raises ``Refusal(token_too_large)`` for one that fits no cookie."""
    content = json.dumps(
        {
            "dialect": arrival.dialect.name,
            "token": arrival.parameters.token,
            "values": dict(arrival.parameters.values),
            "at": arrival.at,
        }
    )
    box = secret_box(request.portal)
    sealed = box.seal(content.encode(), tenant_id=request.tenant.id, row=_ROW)
    value = base64.urlsafe_b64encode(sealed).decode("ascii")
    if len(value) > _LARGEST:
        raise Refusal(
            Code.TOKEN_TOO_LARGE,
            hint=N_("The visitor had to be asked first, and so large a token cannot wait."),
            seen=f"{len(arrival.parameters.token)} bytes",
        )
    _keep(request, value, KEPT_FOR)


def held(request: Request) -> Arrival | None:
    """The token that waits in this browser, as if it arrived now; None when none waits."""
    content = _open(request)
    dialect = dialects(request.registry).get(content["dialect"]) if content else None
    if content is None or dialect is None or time.time() - content["at"] > KEPT_FOR:
        return None
    found = Parameters(content["token"], content["values"])
    arrival = unpack(dialect, found, Trace(), at=content["at"])
    request.sign_in_arrival = arrival
    return arrival


def let_go(request: Request) -> None:
    """The token waits no longer."""
    _keep(request, "", 0)


def _open(request: Request) -> dict[str, Any] | None:
    value = request.cookies.get(cookies.beside_name(request, _PURPOSE), "")
    try:
        sealed = base64.urlsafe_b64decode(value)
        content = secret_box(request.portal).open(sealed, tenant_id=request.tenant.id, row=_ROW)
    except (SecretError, binascii.Error, ValueError):
        return None
    opened: dict[str, Any] = json.loads(content)
    return opened


def _keep(request: Request, value: str, seconds: int) -> None:
    cookies.send_beside(request, _PURPOSE, value, seconds, "Lax")
