"""A tenant's logo: pixels only, small, known by its bytes and not by its name."""

from io import BytesIO

from portal.attachments.kinds import measure
from portal.web.i18n import N_

MAX_BYTES = 512 * 1024
#: No SVG: it is a document, and this one is shown to people who have not signed in.
KINDS = frozenset({"image/png", "image/jpeg", "image/webp"})
ACCEPT = ",".join(sorted(KINDS))
_MAX_SIDE = 4000


def checked_logo(data: bytes) -> str:
    """The content type of a logo that can be kept.

    Raises ValueError with one sentence, a `Message`.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(N_("The logo is too large. Choose a file of at most 512 KB."))
    kind = measure(BytesIO(data))
    if kind.content_type not in KINDS:
        raise ValueError(N_("Choose a PNG, JPEG or WebP picture."))
    if kind.width is None or kind.height is None:
        raise ValueError(N_("This picture is damaged. Save it again and choose the new file."))
    if max(kind.width, kind.height) > _MAX_SIDE:
        raise ValueError(
            N_("The picture is too large. Choose one of at most %(side)s pixels.", side=_MAX_SIDE)
        )
    return kind.content_type
