"""A program of its own: reads a picture from its input and writes a thumbnail to its output.

    python -I drawing.py JPEG 480 < picture > thumbnail.webp

Decoders meet hostile files here, so this process has little memory and time, no environment, no
connections and nothing of the portal; it ends after one picture. What it writes is made of pixels
alone: no EXIF, no place, no profile, no comment, no animation. Its end is 0, or anything else when
there will never be a thumbnail. See `portal.attachments.thumbnails`, which runs it.
"""

import io
import resource
import sys
from typing import Any, BinaryIO

#: Bytes of address space: a picture of fifty million pixels takes up to 400 million, some of it
#: twice for a moment.
MAX_MEMORY = 1024**3
#: Seconds of processor time.
MAX_SECONDS = 20
#: Bytes that may be written.
MAX_OUTPUT = 2 * 1024**2
#: As in `portal.attachments.kinds`, which nothing here may import.
MAX_PIXELS = 50_000_000

_QUALITY = 80


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT, MAX_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draw(source: BinaryIO, kind: str, side: int) -> bytes:
    """A WebP of the first frame, upright, in sRGB, at most `side` pixels wide and high.

    Raises whatever Pillow raises for a picture that it cannot read, or that is not of the kind.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # asked below, before anything is decoded
    with Image.open(source, formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        profile = image.info.get("icc_profile")
        # A JPEG is decoded at a fraction of its size, in which case nothing large is ever held.
        image.draft(None, (side, side))
        frame = _with_smooth_pixels(image)
        frame.thumbnail((side, side), reducing_gap=3)
        frame = ImageOps.exif_transpose(frame)
        frame = _in_srgb(frame, profile)
        # Pixels in a new picture: what the old one knew about itself stays behind.
        fresh = Image.frombytes(frame.mode, frame.size, frame.tobytes())
    output = io.BytesIO()
    fresh.save(output, "WEBP", quality=_QUALITY, method=4)
    return output.getvalue()


def _with_smooth_pixels(image: Any) -> Any:
    """The picture in a mode in which neighbours can be mixed: no palette, no single bits."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):
        # 16 bits of grey, of which 8 are shown.
        return image.point(lambda value: value / 256).convert("L")
    return image


def _in_srgb(image: Any, profile: bytes | None) -> Any:
    from PIL import ImageCms

    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            colours = image.convert("RGB") if image.mode == "RGBA" else image
            image = ImageCms.profileToProfile(
                colours,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the numbers are taken as they are
    image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def main() -> None:
    """Draw one thumbnail. The end of the program says whether it worked."""
    _limit()
    kind, side = sys.argv[1:]
    # Pillow seeks, and the input may be anything.
    thumbnail = draw(sys.stdin.buffer, kind, int(side))
    sys.stdout.buffer.write(thumbnail)


if __name__ == "__main__":
    main()
