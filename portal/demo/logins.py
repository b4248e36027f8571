"""Who can log in to the demo, and where."""

import json
from typing import NamedTuple

from portal.demo.loader import SLUGS, tenant_file
from portal.demo.shop import SHOP_PROGRAM

#: Every customer's password at the shop, which keeps only hashes.
SHOP_PASSWORD = "morning-vinyl-teapot"  # noqa: S105  (a demo's password is for everybody)

#: `Login.place` of the demo shop.
SHOP = "shop"


class Login(NamedTuple):
    """An account of the demo. `place` is a tenant's slug, or `shop`."""

    place: str
    role: str
    name: str
    email: str
    password: str


def logins() -> list[Login]:
    """Everybody who has a password: the shop's customers, then each tenant's people."""
    return [*_of_the_shop(), *(login for slug in SLUGS for login in _of_tenant(slug))]


def _of_the_shop() -> list[Login]:
    accounts = SHOP_PROGRAM.parent / "data" / "customers.json"
    if not accounts.exists():
        return []
    return [
        Login(SHOP, "customer", row["name"], row["email"], SHOP_PASSWORD)
        for row in json.loads(accounts.read_text(encoding="utf-8"))
    ]


def _of_tenant(slug: str) -> list[Login]:
    return [
        Login(slug, person["role"], person["name"], person["email"], person["password"])
        for person in tenant_file(slug)["people"]
        if "password" in person
    ]
