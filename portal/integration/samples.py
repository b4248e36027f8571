"""The sample programs of the hub, and which of their files may be seen.

They are read into memory as a whole, so an address is looked up among the files that were found
and never becomes a path: there is nothing to climb out of.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyramid.config import Configurator
from pyramid.request import Request

from portal.web.i18n import N_, Message

#: Beside the package, as whole small programs that can be run where they lie.
FOLDER = Path(__file__).parents[2] / "examples"
#: What a sample is configured by; the hub's `.env` is this file with the tenant's own values.
ENV_EXAMPLE = ".env.example"
README = "README.md"

_SUFFIXES = frozenset(
    ".cs .cshtml .csproj .css .html .js .json .lock .md .mjs .php .py .sh .toml .txt".split()
)
#: What package managers and compilers leave behind.
_LEFT_BEHIND = frozenset("bin dist node_modules obj vendor venv".split())
_LARGEST = 256 * 1024
_REGISTRY_KEY = "integration.samples"


@dataclass(frozen=True, slots=True)
class Kind:
    """A sample as the hub presents it. `name` is its folder and its address."""

    name: str
    label: str
    #: What it is, and what it needs.
    about: Message
    #: What the portal's own tests could not do with it. None: they run it, as it is, against a
    #: real server.
    doubt: Message | None = None


KINDS = (
    Kind("php", "PHP", N_("PHP 8.2 or newer, without a library.")),
    Kind(
        "laravel",
        "Laravel",
        N_("A controller and a service for Laravel 11 or 12."),
        N_("Run with Laravel 8 alone"),
    ),
    Kind("node", "Node", N_("Node 20 or newer, with Express.")),
    Kind("python", "Python", N_("Python 3.11 or newer, with Flask.")),
    Kind("dotnet", ".NET", N_("ASP.NET Core, .NET 8 or newer."), N_("Checked, but not run")),
    Kind("static", N_("Static page"), N_("Files and a script, and the backend that they need.")),
    Kind("shell", N_("Shell"), N_("POSIX sh with curl and openssl, for a terminal or a cron job.")),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample's files: text by path, in the order of a listing."""

    kind: Kind
    files: Mapping[str, str] = field(repr=False)

    @property
    def readme(self) -> str:
        """What its README says; empty when it has none."""
        return self.files.get(README, "")


def read_samples(folder: Path = FOLDER) -> dict[str, Sample]:
    """The samples that lie in `folder`, by name, in the order of `KINDS`."""
    found = {kind.name: Sample(kind, _read_files(folder / kind.name)) for kind in KINDS}
    return {name: sample for name, sample in found.items() if sample.files}


def samples(request: Request) -> Mapping[str, Sample]:
    """The samples as they were at boot; in development as they are now."""
    if request.portal.development:
        return read_samples()
    known: dict[str, Sample] = request.registry[_REGISTRY_KEY]
    return known


def _read_files(folder: Path) -> dict[str, str]:
    files = {}
    for path in sorted(_paths(folder), key=lambda path: (len(path.parts), path.parts)):
        text = _text(path)
        if text is not None:
            files[path.relative_to(folder).as_posix()] = text
    return files


def _paths(folder: Path) -> Iterator[Path]:
    """What a listing may show. Links are not followed: they could lead anywhere."""
    if folder.is_symlink():
        return
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders if name not in _LEFT_BEHIND and not name.startswith((".", "_"))
        ]
        for name in names:
            path = Path(place, name)
            allowed = path.suffix in _SUFFIXES and not name.startswith(".")
            if (allowed or name == ENV_EXAMPLE) and not path.is_symlink():
                yield path


def _text(path: Path) -> str | None:
    """The file's text; None for one that is too large, or no text."""
    if path.stat().st_size > _LARGEST:
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def includeme(config: Configurator) -> None:
    """Read the samples."""
    config.registry[_REGISTRY_KEY] = read_samples()
