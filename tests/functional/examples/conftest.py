"""A company whose site is one of the samples."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.settings import Settings
from tests.factories import World
from tests.functional.examples.company import Company
from tests.functional.examples.crossings import Crossing, Shell, Web
from tests.functional.examples.samples import SAMPLES, Running, Sample, running
from tests.functional.examples.tools import lacking
from tests.functional.examples.visitor import Visitor
from tests.functional.left_out import unavailable
from tests.functional.serving import serving

#: The samples that a program without scripts can visit. The static page is for the browser tests.
CROSSED = ("php", "laravel", "node", "python", "shell")


@pytest.fixture(scope="session")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens."""
    with serving(settings) as origin:
        yield origin


@pytest.fixture
def company(world: World, served: str) -> Company:
    """A company and its settings, without a site."""
    return Company(world, served)


@pytest.fixture
def visitor() -> Visitor:
    """A customer's browser."""
    return Visitor()


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `npm ci` installs from the sample's lock, beside the tree."""
    folder = SAMPLES["node"].copy(tmp_path_factory.mktemp("npm") / "node")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        unavailable(f"npm ci failed: {done.stderr[-500:]}")
    return folder / "node_modules"


@pytest.fixture
def sample(request: pytest.FixtureRequest) -> Sample:
    """The sample that the test is about, where its tools are."""
    name: str = request.param
    if tools := lacking(name):
        unavailable(f"needs {', '.join(tool.name for tool in tools)}")
    return SAMPLES[name]


@pytest.fixture
def folder(sample: Sample, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The sample's folder as somebody downloaded it."""
    folder = sample.copy(tmp_path / sample.name)
    if (folder / "package-lock.json").exists():
        (folder / "node_modules").symlink_to(request.getfixturevalue("node_modules"))
    return folder


Start = Callable[..., Running]


@pytest.fixture
def start(sample: Sample, folder: Path, company: Company) -> Iterator[Start]:
    """Starts a web sample: ``start(PORTAL_SIGNING_KEY="another")`` with another environment."""
    with ExitStack() as stack:

        def go(**changes: str) -> Running:
            site = stack.enter_context(running(sample, folder, company.environment | changes))
            company.open_site(site.origin)
            return site

        yield go


@pytest.fixture
def site(start: Start) -> Running:
    """A web sample, running, as its README says."""
    return start()


Cross = Callable[..., Crossing]


@pytest.fixture
def cross(sample: Sample, folder: Path, company: Company, start: Start) -> Cross:
    """Makes the way over: ``cross(PORTAL_SIGNING_KEY="another")`` with another environment."""

    def make(**changes: str) -> Crossing:
        if sample.command:
            return Web(start(**changes))
        return Shell(folder, company.environment | changes)

    return make


@pytest.fixture
def crossing(cross: Cross) -> Crossing:
    """The way over, as the sample's README says."""
    return cross()
