"""A test whose tools are not on this machine."""

from typing import NoReturn

import pytest

from tests.functional.examples.tools import REQUIRED


def unavailable(why: str) -> NoReturn:
    """Leave the test out and say why.

    Where every sample has to run, as in CI, a missing tool is a fault and not an excuse.
    """
    if REQUIRED:
        pytest.fail(why)
    pytest.skip(why)
