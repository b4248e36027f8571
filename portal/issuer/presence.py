"""Who is there, and since when: what a client may ask of the session at the portal
(OpenID Connect Core, 3.1.2.1: `prompt`, `max_age`, `id_token_hint`)."""

import time

from pyramid.request import Request

from portal.issuer.idtoken import read_hint
from portal.issuer.server import Issuer

#: Ours, in the address: when the visitor was sent to sign in anew (Unix seconds).
SINCE = "signed_in_since"
#: Seconds within which a visitor comes back from the sign-in page, with a factor to set up.
_JUST_NOW = 600


class Presence:
    """The signed-in visitor of a request, against what the client wants; ``data`` are its
    parameters, which have been checked."""

    def __init__(self, request: Request, issuer: Issuer, data: dict[str, str]) -> None:
        self.request = request
        self.issuer = issuer
        self.data = data
        self.prompts = set(data.get("prompt", "").split())
        self.begun: float = request.session_record.created_at.timestamp()

    @property
    def is_fresh(self) -> bool:
        """Whether the session is as young as the client wants it, or was begun for this request:
        the way back from the sign-in page takes time as well."""
        wants_new = bool(self.prompts & {"login", "select_account"})
        too_old = "max_age" in self.data and self._age > int(self.data["max_age"])
        return not (wants_new or too_old) or self.is_for_this

    @property
    def is_for_this(self) -> bool:
        """Whether somebody has signed in since this request came, and just now: the moment in the
        address proves nothing about a session that is older."""
        asked_at = self.data.get(SINCE, "")
        if not (asked_at.isascii() and asked_at.isdigit()):
            return False
        return self.begun >= int(asked_at[:12]) and self._age < _JUST_NOW

    @property
    def is_meant(self) -> bool:
        """Whether it is the person of the `id_token_hint`. An ID token that is none of ours, or
        whose key has gone, means nobody."""
        raw = self.data.get("id_token_hint")
        if raw is None:
            return True
        claims = read_hint(raw, self.issuer.keys.key_set(), self.issuer.url)
        if claims is None:
            return "none" not in self.prompts
        return bool(claims.get("sub") == str(self.request.session_record.user_id))

    @property
    def _age(self) -> float:
        return time.time() - self.begun
