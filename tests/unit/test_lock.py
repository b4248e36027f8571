"""The locks hold what setup.cfg asks for, with hashes, and say nothing of where it came from."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)(?: ; [^\\]*)? \\$", re.MULTILINE)


def asked_for(*extras: str) -> list[Requirement]:
    """The direct requirements of the package and of some of its extras."""
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    texts = [parser["options"]["install_requires"]]
    texts += [parser["options.extras_require"][extra] for extra in extras]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [Requirement(line) for line in lines if line]


def locked(name: str) -> dict[str, str]:
    """The versions of a lock file by name."""
    return dict(PINNED.findall((ROOT / "requirements" / name).read_text()))


@pytest.mark.parametrize(
    ("name", "extras"),
    [("run.lock", ("embedded",)), ("dev.lock", ("embedded", "test", "lint"))],
)
def test_a_lock_satisfies_setup_cfg(name: str, extras: tuple[str, ...]) -> None:
    """`make lock` after every change there."""
    versions = locked(name)
    for requirement in asked_for(*extras):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not locked: run make lock"
        assert version in requirement.specifier, f"{requirement} is locked as {version}"


def test_development_runs_what_production_runs() -> None:
    run, dev = locked("run.lock"), locked("dev.lock")

    assert len(run) > 40
    assert run.items() <= dev.items()


@pytest.mark.parametrize("name", ["run.lock", "dev.lock"])
def test_a_lock_names_hashes_and_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()

    assert "://" not in text
    assert "--index-url" not in text
    for entry in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
