"""Pictures with pixels, and with what cameras and programs write beside them."""

import io
from typing import Any

from PIL import Image, PngImagePlugin

#: Stands in every piece of metadata that these pictures carry.
SECRET = b"47.3769N 8.5417E"

MAKE, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825


def exif(orientation: int = 1) -> bytes:
    """An EXIF block that names a place."""
    block = Image.Exif()
    block[ORIENTATION] = orientation
    block[MAKE] = SECRET.decode()
    block.get_ifd(GPS)[29] = SECRET.decode()
    return block.tobytes()


def pixels(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    """A picture in which no two corners look alike."""
    image = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", [image, image.rotate(180), image.rotate(90)]).convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a picture in a format."""
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def jpeg(orientation: int = 1, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A photograph with a place, a comment and XMP."""
    return saved(
        pixels(size),
        "JPEG",
        exif=exif(orientation),
        comment=SECRET,
        xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>",
        **options,
    )


def png(orientation: int = 1, mode: str = "RGB", **options: Any) -> bytes:
    """A screenshot with words in it, some of them packed."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    words.add_text("Location", SECRET.decode() * 20, zip=True)
    return saved(pixels(mode=mode), "PNG", exif=exif(orientation), pnginfo=words, **options)


def webp(orientation: int = 1, **options: Any) -> bytes:
    """A WebP with a place and XMP."""
    return saved(pixels(), "WEBP", exif=exif(orientation), xmp=SECRET, **options)


def gif(frames: int = 3) -> bytes:
    """An animation with a comment."""
    first, *others = (pixels().rotate(40 * turn).convert("P") for turn in range(frames))
    return saved(
        first, "GIF", save_all=True, append_images=others, duration=80, loop=0, comment=SECRET
    )
