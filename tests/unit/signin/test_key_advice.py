"""When a previous key may end, by its last use and the current one's."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.signin.key_advice import KeyAdvice, key_advice
from portal.signin.models import SsoKey

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROTATED = NOW - timedelta(hours=10)


@pytest.mark.parametrize(
    ("previous", "current", "advice"),
    [
        (None, None, KeyAdvice.UNKNOWN),
        (11, None, KeyAdvice.UNKNOWN),
        (None, 1, KeyAdvice.UNUSED),
        (11, 1, KeyAdvice.UNUSED),
        (10, 1, KeyAdvice.UNUSED),
        (9.99, 1, KeyAdvice.LATELY_USED),
        (1, 0.5, KeyAdvice.LATELY_USED),
        (0.99, 0.5, KeyAdvice.STILL_USED),
        (0, None, KeyAdvice.STILL_USED),
    ],
)
def test_what_to_do(previous: float | None, current: float | None, advice: KeyAdvice) -> None:
    """Both were last used that many hours ago."""

    def key(hours: float | None) -> SsoKey:
        used = None if hours is None else NOW - timedelta(hours=hours)
        return SsoKey(kid="k", created_at=ROTATED, last_used_at=used)

    assert key_advice(key(current), key(previous), NOW) is advice
