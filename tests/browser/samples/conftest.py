"""A sample beside a portal that is served: two sites, as the browser sees it."""

from dataclasses import replace

import pytest

from tests.functional.examples.company import Company
from tests.functional.examples.conftest import (  # noqa: F401 - fixtures
    Start,
    company,
    folder,
    node_modules,
    sample,
    served,
    start,
)
from tests.functional.examples.samples import Running

StartBeside = Start


@pytest.fixture
def start_beside(start: Start, company: Company) -> StartBeside:  # noqa: F811 - uses the fixtures
    """Starts the sample where its pages are another site than the portal's: cookies that are
    `SameSite=Lax` do not come with its forms."""

    def go(**changes: str) -> Running:
        running = start(**changes)
        running = replace(running, origin=running.origin.replace("127.0.0.1", "localhost"))
        company.open_site(running.origin)
        return running

    return go
