"""What the list says of an API key."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.security.api_key_state import KeyState, state_of
from portal.security.models import ApiKey

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ({}, KeyState.IN_FORCE),
        ({"expires_at": 14 * DAY + SECOND}, KeyState.IN_FORCE),
        ({"expires_at": 14 * DAY}, KeyState.EXPIRES_SOON),
        ({"expires_at": SECOND}, KeyState.EXPIRES_SOON),
        ({"expires_at": timedelta()}, KeyState.EXPIRED),
        ({"expires_at": -DAY, "revoked_at": -SECOND}, KeyState.REVOKED),
        ({"revoked_at": -DAY}, KeyState.REVOKED),
        ({"created_at": -90 * DAY}, KeyState.UNUSED),
        ({"created_at": -90 * DAY + SECOND}, KeyState.IN_FORCE),
        ({"created_at": -400 * DAY, "last_used_at": -89 * DAY}, KeyState.IN_FORCE),
        ({"created_at": -400 * DAY, "last_used_at": -91 * DAY}, KeyState.UNUSED),
        ({"created_at": -400 * DAY, "expires_at": DAY}, KeyState.EXPIRES_SOON),
    ],
)
def test_what_matters_most_is_said(times: dict[str, timedelta], state: KeyState) -> None:
    moments = {name: NOW + span for name, span in ({"created_at": -DAY} | times).items()}
    assert state_of(ApiKey(public_id="tk_1", **moments), NOW) is state
