"""Static files: read once, served from memory under one content hash.

`/static/{hash}/{path}`. The hash covers every file, so a page always gets a set that fits
together, and each file may be cached for a year. A request with an old hash (a page left open
across an upgrade) gets the present file, not cached. The style sheets are joined into one,
`css/app.css`, in the order of `STYLE_SHEETS`, without their comments.

What is text is sent compressed to a browser that takes it: it is the same for everybody, so its
length tells nothing. Pages are not compressed here: they hold secrets beside what was asked for.
"""

import gzip
import hashlib
import mimetypes
import re
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

FOLDER = Path(__file__).resolve().parent.parent / "static"
YEAR = 365 * 24 * 60 * 60
#: Seconds between two looks at files that are watched.
LOOK_EVERY = 0.5
JOINED = "css/app.css"
STYLE_SHEETS = (
    "tokens",
    "base",
    "layout",
    "components/button",
    "components/form",
    "components/state",
    "components/list",
    "components/search",
    "components/thread",
    "components/live",
    "components/files",
    "components/panel",
    "components/settings",
    "components/factors",
    "components/document",
    "components/overlay",
    "components/palette",
    "components/home",
    "components/bulk",
    "components/topics",
    "components/macros",
    "utilities",
)
TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
TEXT = ("text/", "image/svg+xml")


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent."""

    body: bytes
    content_type: str

    @cached_property
    def packed(self) -> bytes | None:
        """The body by gzip, if that is worth it."""
        if not self.content_type.startswith(TEXT):
            return None
        packed = gzip.compress(self.body, mtime=0)
        return packed if len(packed) < len(self.body) else None


class StaticFiles:
    """Every file of a folder, in memory, and the hash of them all."""

    def __init__(self, folder: Path = FOLDER, *, watch: bool = False) -> None:
        """Read `folder`. With `watch` (development) it is read anew when a file changed."""
        self.folder = folder
        self.watch = watch
        self.looked = 0.0
        self._read()

    def _read(self) -> None:
        self.stamp = self._newest()
        self.files = {
            path.relative_to(self.folder).as_posix(): _load(path) for path in self._paths()
        }
        self.files[JOINED] = StaticFile(join_styles(self.folder), "text/css")
        digest = hashlib.sha256()
        for name, file in sorted(self.files.items()):
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.body).digest())
        self.hash = digest.hexdigest()[:12]
        sprite = self.files["icons.svg"].body.decode()
        self.icons = frozenset(re.findall(r'<symbol id="([^"]+)"', sprite))

    def _paths(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def _newest(self) -> float:
        return max(path.stat().st_mtime for path in self._paths()) if self.watch else 0.0

    def fresh(self) -> "StaticFiles":
        """Itself, read anew first if files are watched and one is newer.

        They are looked at once in a while only: a page asks for each of its hundred icons.
        """
        if self.watch and time.monotonic() >= self.looked + LOOK_EVERY:
            self.looked = time.monotonic()
            if self._newest() != self.stamp:
                self._read()
        return self

    def url(self, path: str) -> str:
        """The address of a file, from the root of the host. KeyError if there is no such file."""
        if path not in self.files:
            raise KeyError(f"no static file {path!r}")
        return f"/static/{self.hash}/{path}"


def _load(path: Path) -> StaticFile:
    guess = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return StaticFile(path.read_bytes(), guess or "application/octet-stream")


def join_styles(folder: Path) -> bytes:
    """The style sheets as one, without comments and most of the space between their words."""
    parts = [(folder / "css" / f"{name}.css").read_text() for name in STYLE_SHEETS]
    text = re.sub(r"/\*.*?\*/", "", "\n".join(parts), flags=re.DOTALL)
    return _SPARE.sub(_without_space, text).strip().encode() + b"\n"


#: A string, which stays as it is; or space that no rule needs. Before a colon it may be needed
#: (`.a :hover`), and around `+` and `-`.
_SPARE = re.compile(r"""("[^"]*"|'[^']*')|\s*([{};,>])\s*|(:)\s+|\s*\n\s*""")


def _without_space(found: re.Match[str]) -> str:
    string, sign, colon = found.groups()
    return string or sign or colon or " "


class StaticFactory:
    """The context of the static route: no tree, no identity, no permission."""

    def __init__(self, request: Request) -> None:
        """Pyramid builds one a request; there is nothing to keep."""


def serve(request: Request) -> Response:
    """Send one file."""
    files: StaticFiles = request.registry["static_files"]
    file = files.fresh().files.get("/".join(request.matchdict["path"]))
    if file is None:
        raise HTTPNotFound
    packed = file.packed if _takes_gzip(request) else None
    response = Response(body=packed or file.body, content_type=file.content_type)
    if file.packed:
        response.vary = ["Accept-Encoding"]
    if packed:
        response.content_encoding = "gzip"
    if file.content_type.startswith(TEXT):
        response.charset = "utf-8"
    if request.matchdict["hash"] == files.hash:
        response.cache_control = f"public, max-age={YEAR}, immutable"
    else:
        response.cache_control = "no-cache"
    return response


def _takes_gzip(request: Request) -> bool:
    accepted = request.accept_encoding
    offers = accepted.acceptable_offers(["gzip"]) if accepted.header_value else []
    return any(quality > 0 for _, quality in offers)


def includeme(config: Configurator) -> None:
    """Read the files and register their route. They are watched in development."""
    watch = config.registry.settings.get("pyramid.reload_templates", False)
    config.registry["static_files"] = StaticFiles(watch=bool(watch))
    config.add_route("static", "/static/{hash}/*path", factory=StaticFactory)
    config.add_view(
        serve,
        route_name="static",
        request_method=("GET", "HEAD"),
        permission=NO_PERMISSION_REQUIRED,
    )
