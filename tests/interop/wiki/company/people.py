"""What the wiki makes of the people that the issuer tells it of."""

import os
from typing import Any
from urllib.parse import urlencode


def username(email: str, claims: dict[str, Any]) -> str:
    """The name that stands beside somebody's articles."""
    return str(claims["name"])


def logout_url(request: Any) -> str:
    """Where somebody is sent who signs out: the issuer, and back from there."""
    query = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": f"{os.environ['SITE']}/",
    }
    return f"{os.environ['ISSUER']}/oauth2/logout?{urlencode(query)}"
