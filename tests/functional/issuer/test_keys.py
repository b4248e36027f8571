"""The issuer's keys: rotated without a lost sign-in, and nobody else's."""

from joserfc import jwt
from webtest import TestApp

from portal.issuer.keys import IssuerKeys
from portal.security.secrets import secret_box
from tests.functional.issuer.conftest import Forum


def rotate(forum: Forum) -> None:
    tenant = forum.world.seed.tenant
    with forum.world.factory.session(tenant.id) as db:
        IssuerKeys(db, tenant, secret_box(forum.world.factory.settings)).rotate()


def test_a_rotation_costs_nobody_a_sign_in(forum: Forum, cleo: TestApp) -> None:
    known = forum.keys()
    before = forum.tokens(cleo)["id_token"]
    rotate(forum)
    after = forum.tokens(cleo)["id_token"]
    # The new key was published before it signed, and the old one verifies after it.
    assert forum.read(before)["sub"] == forum.read(after)["sub"]
    assert jwt.decode(before, known).header["kid"] != jwt.decode(after, known).header["kid"]


def test_three_keys_are_published(forum: Forum) -> None:
    assert len(forum.keys().keys) == 2
    for _ in range(3):
        rotate(forum)
    answer = forum.server.get(forum.at("jwks"))
    assert len(answer.json["keys"]) == 3
    for key in answer.json["keys"]:
        assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}
