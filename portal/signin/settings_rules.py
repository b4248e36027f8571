"""What a tenant's sign-in settings may be. Each rule gives the value in the form that is kept.

As in `portal.tenants.rules`, a rule raises ValueError with one sentence, a `Message`.
"""

import base64
import re
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from portal.tenants import rules
from portal.tenants.rules import Rule
from portal.web.i18n import N_, Message
from portal.web.redirects import Blocked, Reason, configured_url

#: Bytes that an imported HS256 secret must have (RFC 7518, 3.2).
SHORTEST_SECRET = 32
#: Bits that an RS256 key must have (RFC 7518, 3.3).
SHORTEST_RSA = 2048

#: What is typed into a terminal for a pair of keys whose public one is taken here, …
MAKE_A_PAIR = """\
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out signing-key.pem
openssl pkey -in signing-key.pem -pubout"""
#: … or for the public key of what somebody has already.
OF_A_PRIVATE_KEY = "openssl pkey -in private-key.pem -pubout"
OF_A_CERTIFICATE = "openssl x509 -in certificate.pem -noout -pubkey"
OF_AN_SSH_KEY = "ssh-keygen -e -m PKCS8 -f id_rsa.pub"

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}", re.ASCII)
_PORT = re.compile(r"(?P<host>.+?)(?::(?P<port>[1-9][0-9]{0,4}))?", re.ASCII)
_LOCAL = ("localhost", "127.0.0.1")
_WHOLE_ADDRESS = N_("Write a whole address, such as https://www.example.com/login.")
_ADDRESS_WORDS: dict[Reason, Message] = {
    Reason.SCHEME: N_("Must begin with https://. Plain http is for localhost alone."),
    Reason.TOO_LONG: N_("Use at most 2048 characters."),
}


class WrongKey(ValueError):
    """A key, but not one that can verify tokens here; the commands give one that can."""

    def __init__(self, message: Message, commands: str = MAKE_A_PAIR) -> None:
        super().__init__(message)
        self.commands = commands


def client_id(text: str) -> str:
    """What a vendor calls this help desk. It stands in an address, so letters are few."""
    text = text.strip()
    if not _CLIENT_ID.fullmatch(text):
        raise ValueError(N_("Use letters a–z, digits, dots, dashes and underscores alone."))
    return text


def address(development: bool) -> Rule:
    """The rule for an absolute URL: https; in development also http on this machine."""

    def rule(text: str) -> str:
        url = configured_url(text.strip())
        if isinstance(url, Blocked):
            raise ValueError(_ADDRESS_WORDS.get(url.reason, _WHOLE_ADDRESS))
        if urlsplit(url).scheme.lower() == "http" and not development:
            raise ValueError(N_("Must begin with https://."))
        return str(url)

    return rule


def redirect_host(text: str) -> str:
    """A host to which visitors may be sent, with its port if that is not 443."""
    match = _PORT.fullmatch(text.strip())
    if match is None or int(match["port"] or 443) > 65535:
        raise ValueError(N_("“%(name)s” is no host. Write it like www.example.com.", name=text))
    host = rules.domain(match["host"])
    return f"{host}:{match['port']}" if match["port"] and match["port"] != "443" else host


def browser_origin(development: bool) -> Rule:
    """The rule for an origin as browsers send it: scheme, host and port, nothing more."""

    def rule(text: str) -> str:
        text = text.strip().lower()
        url = address(development)(text)
        parts = urlsplit(url)
        if url != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(
                N_("“%(name)s” is no origin. Write it like https://www.example.com.", name=text)
            )
        return url

    return rule


def email_domain(text: str) -> str:
    """A domain, or `*.` and a domain for all below it."""
    star, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    return star + rules.domain(name)


def key_id(text: str) -> str:
    """A key's id: compared as an opaque string."""
    return rules.one_line(text)


def shared_secret(text: str) -> str:
    """An HS256 secret that comes from elsewhere; never trimmed, for every byte counts.

    A public key in another form than PEM is none: everybody may know it, and could then sign.
    """
    _refuse_public(text)
    size = len(text.encode("utf-8", "surrogatepass"))
    if size < SHORTEST_SECRET:
        raise ValueError(
            N_(
                "Use at least %(wanted)s bytes; this has %(size)s.",
                wanted=SHORTEST_SECRET,
                size=size,
            )
        )
    if size > 1024:
        raise ValueError(N_("Use at most %(limit)s characters.", limit=1024))
    if text != text.strip():
        raise ValueError(N_("Remove the space or line break around the secret."))
    return text


def _refuse_public(text: str) -> None:
    if text.lstrip().startswith(("ssh-", "ecdsa-")):
        raise WrongKey(
            N_("This is a public key in the form that SSH uses. Give it here as PEM."),
            OF_AN_SSH_KEY,
        )
    if text.lstrip().startswith("{") and '"kty"' in text:
        raise WrongKey(N_("This is a key in JSON (a JWK). Give its public key here as PEM."))
    try:
        load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return
    raise WrongKey(
        N_("This is a public key without its first and last line. Paste the whole of it.")
    )


def public_key(text: str) -> str:
    """An RSA public key of at least 2048 bits, as PEM in its plainest form. Raises WrongKey."""
    if "PRIVATE KEY" in text:
        raise WrongKey(
            N_("This is a private key: keep it to yourself, and give its public key here."),
            OF_A_PRIVATE_KEY,
        )
    if "-----BEGIN CERTIFICATE-----" in text:
        raise WrongKey(
            N_("This is a certificate. Give the public key that is in it."), OF_A_CERTIFICATE
        )
    try:
        key = load_pem_public_key(text.strip().encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            N_("Paste the whole public key, from “-----BEGIN PUBLIC KEY-----” to its end.")
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise WrongKey(N_("RS256 needs an RSA key; this is of another kind."))
    if key.key_size < SHORTEST_RSA:
        raise WrongKey(
            N_(
                "Make a key of at least %(wanted)s bits; this has %(size)s.",
                wanted=SHORTEST_RSA,
                size=key.key_size,
            )
        )
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
