"""A server of a test's own, in a folder whose path is short enough for its socket."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    # As root, PostgreSQL runs as another user, who must get through.
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
