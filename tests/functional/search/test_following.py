"""The index follows what is written: moved, renamed, made internal, deleted, in any language."""

from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from portal.db import TenantSession
from portal.people.models import User
from portal.search.grammar import parse
from portal.search.people import NameSearch
from portal.search.reindex import REINDEX
from portal.search.tickets import hits
from portal.search.words import Words
from portal.tickets.models import Message, Ticket
from tests.factories import World
from tests.factories.jobs import Done, JobRunner


def found(db: TenantSession, world: World, words: str, *, by: str = "ben") -> set[int]:
    """The numbers of the tickets that somebody finds."""
    hit = hits(world.seed.tenant, world.seed.users[by].id, Words.plain(words))
    return set(db.scalars(select(hit.c.ticket_number)))


def of_tenant(world: World, statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def test_a_subject_that_changes(world: World) -> None:
    world.ticket(by="cleo", subject="A lamp", body="It is dark.")
    with world.factory.session(world.seed.tenant.id) as db:
        db.execute(of_tenant(world, update(Ticket).values(subject="A chair")))
        assert found(db, world, "lamp") == set()
        assert found(db, world, "chair dark") == {1}


def test_a_message_that_moves_or_becomes_internal_or_is_deleted(world: World) -> None:
    world.ticket(by="cleo", subject="A lamp", body="The bulb is dark.")
    world.ticket(by="cleo", subject="A chair", body="It is wobbly.")
    with world.factory.session(world.seed.tenant.id) as db:
        bulb = Message.body.contains("bulb")
        db.execute(of_tenant(world, update(Message).where(bulb).values(ticket_number=2)))
        assert found(db, world, "bulb") == {2}
        assert found(db, world, "bulb", by="cleo") == {2}
        assert found(db, world, "chair bulb") == {2}
        db.execute(of_tenant(world, update(Message).where(bulb).values(kind="note")))
        assert found(db, world, "bulb") == {2}
        assert found(db, world, "bulb", by="cleo") == set()
        db.execute(of_tenant(world, delete(Message).where(bulb)))
        assert found(db, world, "bulb") == set()
        assert found(db, world, "lamp") == {1}


def test_names_that_change(world: World) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        cleo, ben = world.seed.users["cleo"], world.seed.users["ben"]
        renamed = update(User).where(User.id == cleo.id).values(name="Ægir Þórsson")
        db.execute(of_tenant(world, renamed))
        names = NameSearch(db, world.seed.tenant, ben.id)
        for typed in ("aegir", "THORSSON", "cleo@", "ægir þór", "aegr thorson"):
            assert [each.id for each in names.find(parse(typed).terms, 5)] == [cleo.id], typed
        assert names.find(parse("a").terms, 5) == []


@pytest.mark.parametrize(
    ("locale", "written", "typed"),
    [
        ("en", "The printers were printing", "printer print"),
        ("de", "Die Rechnungen fehlen noch, Größe egal", "rechnung grosse"),
        ("de-AT", "Die Rechnungen fehlen noch", "rechnung"),
        ("tlh", "nuqneH tlhIngan", "nuqneh"),
    ],
)
def test_words_are_those_of_the_tenants_language(
    world: World, locale: str, written: str, typed: str
) -> None:
    tenant = world.seed.tenant
    with world.factory.session(tenant.id) as db:
        values = {"locale": locale, "id": tenant.id}
        db.execute(text("update tenants set locale = :locale where id = :id"), values)
    world.ticket(by="cleo", subject="A", body=written)
    with world.factory.session(tenant.id) as db:
        assert found(db, world, typed) == {1}


def test_a_tenant_that_changes_its_language_is_indexed_anew(
    world: World, run_jobs: JobRunner
) -> None:
    """Whoever changes it, and once for all changes: with words that only German stems."""
    world.ticket(by="cleo", subject="Die Rechnungen", body="Sie sind verschwunden.")
    tenant = world.seed.tenant
    page = world.browser("ada").get(world.url("/settings/general"))
    (form,) = {form for form in page.forms.values() if "locale" in form.fields}
    with world.factory.session(tenant.id) as db:
        assert found(db, world, "rechnungen verschwunden") == {1}
        assert found(db, world, "rechnung verschwunden") == set()
    form["locale"] = "de"
    form.submit().follow()
    assert run_jobs.waiting() == [REINDEX.name]
    assert run_jobs() == [Done(REINDEX.name, "succeeded")]
    with world.factory.session(tenant.id) as db:
        assert found(db, world, "rechnung verschwunden") == {1}
        locales = db.scalars(text("select distinct locale from search_entries")).all()
        assert locales == ["de"]
