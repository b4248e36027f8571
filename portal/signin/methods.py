"""How somebody proves who they are, in the words of RFC 8176, 2: what other programs read as `amr`
in the portal's own ID tokens."""

from collections.abc import Sequence

PASSWORD = "pwd"  # noqa: S105 - RFC 8176's word for "a password was used", and no password itself
#: A code that is good once, of an app or a device (RFC 4226, RFC 6238).
ONE_TIME_CODE = "otp"
#: The possession of a private key. Of `hwk` and `swk`, where it is kept, nothing is known, since
#: no passkey is asked for an attestation.
KEY = "pop"
#: Somebody was there, and touched the authenticator.
PRESENCE = "user"
#: Of several kinds at once: what one knows, what one has, what one is.
SEVERAL = "mfa"

#: A passkey whose authenticator had checked who is there, by a PIN, a finger or a face: which of
#: these it was, it does not say.
PASSKEY_ALONE = (KEY, PRESENCE, SEVERAL)

_REGISTERED = frozenset(
    [
        *("face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd"),
        *("rba", "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia"),
    ]
)


def registered(words: object) -> tuple[str, ...]:
    """Those of a claim's words that RFC 8176 has, each once; what it does not have means nothing
    to strangers."""
    if not isinstance(words, Sequence) or isinstance(words, str):
        return ()
    known = (word for word in words if isinstance(word, str) and word in _REGISTERED)
    return tuple(dict.fromkeys(known))
