"""What a client's addresses may be."""

from urllib.parse import urlsplit

from portal.web.i18n import N_
from portal.web.redirects import Blocked, Reason, configured_url


def client_address(text: str) -> str:
    """An address at the client, kept as it is written: it is compared letter for letter.

    https; plain http on this machine alone (RFC 8252, 8.3); no fragment (RFC 6749, 3.1.2).
    Raises ValueError with one sentence.
    """
    text = text.strip()
    url = configured_url(text)
    if isinstance(url, Blocked):
        if url.reason is Reason.SCHEME:
            raise ValueError(N_("Must begin with https://. Plain http is for localhost alone."))
        raise ValueError(
            N_("Write a whole address, such as https://shop.example.com/auth/callback.")
        )
    if urlsplit(text).fragment or "#" in text:
        raise ValueError(N_("Leave out the part from the number sign on."))
    return text
