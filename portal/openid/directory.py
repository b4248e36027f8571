"""What providers say of themselves, fetched and kept for an hour at most.

OpenID Connect Discovery 1.0 and RFC 8414. One directory a process: each fetches for itself.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pyramid.config import Configurator

from portal.outgoing import REGISTRY_KEY as OUTGOING
from portal.outgoing import OutgoingClient, OutgoingError, OutgoingRefused
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_, Message
from portal.web.strict_json import NotStrict, read_object

REGISTRY_KEY = "openid.directory"

#: Seconds for which metadata and keys are taken as they were fetched.
KEPT = 3600
#: Seconds between two fetches of keys for the sake of a token with an unknown key.
REFETCH = 30
#: Seconds for which one that gave no answer is not asked again: whoever asks waits for it, and with
#: enough of them nobody is left to answer other tenants.
SILENT = 10
#: Issuers that are remembered at once.
_MOST = 500
#: Bytes of a document.
_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part of a provider's metadata that a sign-in needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    #: Where people sign out there (RP-Initiated Logout 1.0, 2.1).
    end_session_endpoint: str | None
    #: How the token endpoint wants the client to prove itself, in the provider's words.
    auth_methods: tuple[str, ...]
    #: RFC 9207: each answer names the issuer, so one that does not is somebody else's.
    sends_iss: bool


@dataclass(slots=True)
class _Kept:
    value: Any
    until: float
    #: The last time that an unknown key led to a fetch.
    forced: float = float("-inf")


class Directory:
    """Metadata by issuer, and keys by where they are."""

    def __init__(
        self, outgoing: OutgoingClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._metadata: dict[str, _Kept] = {}
        self._keys: dict[str, _Kept] = {}
        self._silent: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def metadata(self, issuer: str, *, fresh: bool = False) -> Metadata:
        """What the issuer publishes; `fresh`: whatever is remembered. Raises ``Refusal``.

        ``provider_unreachable``: it gave no answer, now or a moment ago;
        ``provider_misconfigured``: it gave one that is not the issuer's, or lacks what is needed.
        """
        kept = self._metadata.get(issuer)
        if not fresh and kept is not None and self._clock() < kept.until:
            found: Metadata = kept.value
            return found
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        document = self._fetch(url, fresh=fresh)
        found = _metadata(document, issuer)
        for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            self._check(url)
        self._keep(self._metadata, issuer, found)
        return found

    def keys(self, metadata: Metadata, kid: str | None, *, fresh: bool = False) -> KeySet:
        """The issuer's keys. Those that are kept are fetched anew when ``kid`` is not among them,
        which is how keys are rotated, but not at every stranger's wish. Raises ``Refusal``."""
        kept, now = self._keys.get(metadata.jwks_uri), self._clock()
        if not fresh and kept is not None and now < kept.until:
            known = kid is None or any(key.kid == kid for key in kept.value.keys)
            if known or now < kept.forced + REFETCH:
                found: KeySet = kept.value
                return found
            kept.forced = now
        forced = kept.forced if kept is not None else float("-inf")
        keys = _key_set(self._fetch(metadata.jwks_uri, fresh=fresh))
        self._keep(self._keys, metadata.jwks_uri, keys)
        self._keys[metadata.jwks_uri].forced = forced
        return keys

    def _keep(self, shelf: dict[str, _Kept], name: str, value: Any, seconds: float = KEPT) -> None:
        with self._lock:
            if name not in shelf and len(shelf) >= _MOST:
                shelf.pop(next(iter(shelf)))
            shelf[name] = _Kept(value, self._clock() + seconds)

    def _fetch(self, url: str, *, fresh: bool) -> Mapping[str, Any]:
        silent = self._silent.get(url)
        if not fresh and silent is not None and self._clock() < silent.until:
            raise _unreachable(silent.value, url)
        try:
            answer = self._outgoing.get(url, headers={"Accept": "application/json"}, limit=_LIMIT)
        except OutgoingRefused as error:
            raise misconfigured(error.message) from error
        except OutgoingError as error:
            self._keep(self._silent, url, error.message, SILENT)
            raise _unreachable(error.message, url) from error
        if answer.status >= 500 or answer.status == 429:
            raise Refusal(
                Code.PROVIDER_UNREACHABLE,
                hint=N_("%(url)s answered with status %(status)d.", url=url, status=answer.status),
            )
        if not answer.ok:
            raise misconfigured(
                N_("%(url)s answered with status %(status)d.", url=url, status=answer.status)
            )
        try:
            return read_object(answer.body)
        except NotStrict as error:
            raise misconfigured(N_("%(url)s is no JSON object.", url=url)) from error

    def _check(self, url: str) -> None:
        try:
            self._outgoing.check(url)
        except OutgoingRefused as error:
            raise misconfigured(
                N_("The provider names the address %(url)s. %(why)s", url=url, why=error.message)
            ) from error


def _unreachable(why: Message, url: str) -> Refusal:
    return Refusal(Code.PROVIDER_UNREACHABLE, hint=why, seen=url[:200])


def misconfigured(hint: Message, *, seen: str = "", wanted: str = "") -> Refusal:
    """What the provider publishes cannot be used."""
    return Refusal(Code.PROVIDER_MISCONFIGURED, hint=hint, seen=seen[:200], wanted=wanted[:200])


def _metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Discovery, 4.3: the issuer is the one that was asked, letter for letter."""
    named = document.get("issuer")
    if named != issuer:
        raise misconfigured(
            N_(
                "The provider calls itself “%(named)s”, and not “%(issuer)s”. If that is right, "
                "enter it exactly so.",
                named=str(named)[:200],
                issuer=issuer,
            ),
            seen=str(named),
            wanted=issuer,
        )

    def text(name: str) -> str:
        value = document.get(name)
        if not isinstance(value, str) or not value:
            raise misconfigured(N_("The provider names no “%(name)s”.", name=name))
        return value

    userinfo, logout = (
        value if isinstance(value, str) else None
        for value in map(document.get, ("userinfo_endpoint", "end_session_endpoint"))
    )
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        issuer=issuer,
        authorization_endpoint=text("authorization_endpoint"),
        token_endpoint=text("token_endpoint"),
        jwks_uri=text("jwks_uri"),
        userinfo_endpoint=userinfo,
        end_session_endpoint=logout,
        auth_methods=tuple(each for each in methods if isinstance(each, str))
        if isinstance(methods, list)
        else (),
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _key_set(document: Mapping[str, Any]) -> KeySet:
    """The keys that are for signatures; those of a kind that nobody knows are passed over."""
    usable = []
    for each in document.get("keys", []) if isinstance(document.get("keys"), list) else []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        try:
            usable += KeySet.import_key_set({"keys": [each]}).keys
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(usable)


def includeme(config: Configurator) -> None:
    """One directory for the process."""
    config.registry[REGISTRY_KEY] = Directory(config.registry[OUTGOING])
