"""Who is mentioned in a note, and how it is shown."""

import pytest

from portal.composer.mentions import mentions_of, with_mentions
from portal.tickets.markdown import render
from tests.factories import TenantFactory


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Ben Agent can you look?", ["ben"]),
        ("@ben, @BEA: look", ["ben", "bea"]),
        ("(@ada) and @ada again", ["ada"]),
        ("Nobody is called @benjamin", []),
        ("Write to ben@acme.test or @cleo", []),
        ("`@ben` and\n```\n@bea\n```", []),
    ],
)
def test_who_is_mentioned(tenants: TenantFactory, text: str, names: list[str]) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        found = mentions_of(db, seed.tenant, text)
        assert [user.id for user in found] == [seed.users[name].id for name in names]


def test_a_name_of_two_people_is_nobodys(tenants: TenantFactory) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        bea = db.merge(seed.users["bea"])
        bea.name = "Ben Other"
        db.flush()
        assert [user.id for user in mentions_of(db, seed.tenant, "@Ben Other")] == [bea.id]
        # The address still tells them apart.
        assert [user.id for user in mentions_of(db, seed.tenant, "@bea")] == [bea.id]


def test_a_mention_is_marked_outside_of_code_and_links(tenants: TenantFactory) -> None:
    seed = tenants.create()
    ben = seed.users["ben"]
    html = render("@ben see `@ben` and [@ben](https://acme.test) **@Ben Agent**.")
    chip = f'<span class="mention" data-user="{ben.id}">@Ben Agent</span>'
    shown = with_mentions(html, [ben])
    assert shown.count(chip) == 2
    assert "<code>@ben</code>" in shown
    assert shown.replace(chip, "").count("@ben") == 2


def test_nothing_in_a_name_becomes_markup(tenants: TenantFactory) -> None:
    seed = tenants.create()
    ben = seed.users["ben"]
    ben.name = "Ben <b>&</b>"
    shown = with_mentions(render("@Ben <b>&</b> look"), [ben])
    assert "@Ben &lt;b&gt;&amp;&lt;/b&gt;</span> look" in shown
