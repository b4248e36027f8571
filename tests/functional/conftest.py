"""Portals that run as processes of their own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.installation import Installation, new_folder


@pytest.fixture(scope="session")
def migrated() -> Iterator[Path]:
    """The data of an installation whose database has its tables, at rest."""
    with new_folder() as folder:
        made = Installation(folder)
        upgraded = made.run("db", "upgrade")
        assert upgraded.returncode == 0, upgraded
        yield made.data


@pytest.fixture
def new_installation() -> Iterator[Installation]:
    """One that has never been started."""
    with new_folder() as folder:
        made = Installation(folder)
        yield made
        made.end()


@pytest.fixture
def installation(new_installation: Installation, migrated: Path) -> Installation:
    """One of a test's own, with a database."""
    # With its owner: as root, PostgreSQL runs as another user.
    subprocess.run(["cp", "-a", migrated, new_installation.data], check=True)
    return new_installation
