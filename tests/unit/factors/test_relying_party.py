"""Who we are to an authenticator: from configured origins, where browsers know passkeys."""

from types import SimpleNamespace
from typing import Any

import pytest

from portal.factors.relying_party import relying_party


def at(origin: str) -> Any:
    return SimpleNamespace(origin=origin, tenant=SimpleNamespace(name="Acme Audio"))


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://help.acme.test", "help.acme.test"),
        ("https://help.acme.test:8443", "help.acme.test"),
        ("http://localhost:6543", "localhost"),
        ("http://acme.localhost:6543", "acme.localhost"),
        ("http://help.acme.test", None),
        ("https://127.0.0.1", None),
        ("http://127.0.0.1:6543", None),
        ("https://[::1]:6543", None),
        ("http://notlocalhost", None),
    ],
)
def test_the_id_is_the_host_of_the_origin(origin: str, rp_id: str | None) -> None:
    server = relying_party(at(origin))
    assert (server.rp.id if server is not None else None) == rp_id
