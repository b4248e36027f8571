"""Settings: topics and fields."""

from typing import Any

from sqlalchemy import select

from portal.people.models import Team
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField, Topic
from tests.functional.admin.conftest import Admin, errors, form_of


def field(admin: Admin, key: str) -> CustomField:
    """A field as it is now."""
    row: CustomField = admin.look(
        lambda db, _t: db.scalars(select(CustomField).where(CustomField.key == key)).one()
    )
    return row


def topic(admin: Admin, name: str) -> Topic:
    """A topic as it is now."""
    row: Topic = admin.look(
        lambda db, _t: db.scalars(select(Topic).where(Topic.name == name)).one()
    )
    return row


def asked(admin: Admin, name: str) -> list[str]:
    """The keys of the fields that a topic asks."""
    topic_id = topic(admin, name).id
    keys: list[str] = admin.look(
        lambda db, tenant: [each.key for each in TopicCatalogue(db, tenant).fields(topic_id)]
    )
    return keys


def add_field(admin: Admin, label: str, **values: Any) -> CustomField:
    """A new field, by the form."""
    admin.fill("/topics/fields/new", label=label, **values)
    row: CustomField = admin.look(
        lambda db, _t: db.scalars(select(CustomField).where(CustomField.label == label)).one()
    )
    return row


def chosen(page: Any, name: str, wanted: list[str]) -> None:
    """Check the boxes of that name with these values, in WebTest's way."""
    for box in page.fields[name]:
        box.checked = box._value in wanted


def test_a_topic_and_its_fields_are_added_and_previewed(admin: Admin) -> None:
    assert "No topics yet" in admin.get("/topics").text
    product = add_field(admin, "Product", kind="choice", choices="Cloud\nServer\n")
    assert (product.key, product.kind, product.choices) == (
        "product",
        "choice",
        ["Cloud", "Server"],
    )
    form = admin.form("/topics/fields/new")
    form["label"], form["kind"], form["key"] = "Version", "number", "server_version"
    chosen(form, "condition", [f"{product.id}=Server"])
    form["required_to_open"] = True
    form.submit(status=303)
    version = field(admin, "server_version")
    assert (version.condition_field_id, version.condition_values) == (product.id, ["Server"])
    form = admin.form("/topics/new")
    form["name"], form["description"] = "Installation", "Setting it up"
    form["project"], form["priority"] = str(admin.world.seed.project.id), "high"
    chosen(form, "fields", [str(product.id), str(version.id)])
    shown = form.submit("preview", status=200)
    assert "Only if “Product” is: Server." in shown.text
    assert form_of(shown, admin.url("/topics/new"))["name"].value == "Installation"
    answer = form.submit(status=303).follow()
    assert "Asks: Product, Version" in answer.text
    row = topic(admin, "Installation")
    assert (row.priority, row.project_id) == ("high", admin.world.seed.project.id)
    assert asked(admin, "Installation") == ["product", "server_version"]
    assert [entry.action for entry in admin.audit()] == [
        "field.created",
        "field.created",
        "topic.created",
        "topic.changed",
    ]
    assert "Topic added" in admin.get("/audit").text


def test_a_topic_is_changed_moved_and_archived(admin: Admin) -> None:
    for name in ("Orders", "Returns"):
        admin.fill("/topics/new", name=name)
    orders, returns = topic(admin, "Orders"), topic(admin, "Returns")
    page = admin.fill("/topics/new", name="Orders", status=422)
    assert errors(page) == ["There is a topic of this name already."]
    admin.form("/topics", f"/topics/{returns.id}/move").submit("up", status=303)
    assert topic(admin, "Returns").position < topic(admin, "Orders").position
    admin.fill(f"/topics/{orders.id}", name="Billing", for_customers=False)
    assert admin.last()[:2] == ("topic.changed", "Billing")
    admin.press("/topics", f"/topics/{orders.id}/archive")
    assert topic(admin, "Billing").archived_at is not None
    admin.press("/topics", f"/topics/{orders.id}/restore")
    assert topic(admin, "Billing").archived_at is None


def test_kind_and_id_stay(admin: Admin) -> None:
    row = add_field(admin, "Order number", kind="text")
    assert row.key == "order_number"
    form = admin.form(f"/topics/fields/{row.id}")
    assert "kind" not in form.fields
    assert "key" not in form.fields
    form["label"] = "Number of the order"
    form.submit(status=303)
    assert field(admin, "order_number").label == "Number of the order"
    page = admin.fill("/topics/fields/new", label="Again", key="order_number", status=422)
    assert errors(page) == ["There is a field of this ID already."]
    page = admin.fill("/topics/fields/new", label="Again", key="Not an ID", status=422)
    assert errors(page)[0].startswith("Use at most 40 lower-case letters")


def test_conditions_that_make_no_sense_are_refused(admin: Admin) -> None:
    page = admin.fill("/topics/fields/new", label="Empty", kind="choice", status=422)
    assert errors(page) == ["Enter at least one choice, each on its own line."]
    one = add_field(admin, "One", kind="checkbox")
    form = admin.form("/topics/fields/new")
    form["label"], form["kind"] = "Two", "checkbox"
    chosen(form, "condition", [f"{one.id}=yes"])
    form.submit(status=303)
    two = field(admin, "two")
    form = admin.form(f"/topics/fields/{one.id}")
    chosen(form, "condition", [f"{two.id}=no"])
    page = form.submit(status=422)
    assert errors(page)[0].endswith("neither would ever be asked.")
    assert field(admin, "one").condition_field_id is None
    page = admin.fill(f"/topics/fields/{one.id}", for_customers=False, status=422)
    assert errors(page) == [
        "“Two” is asked only where this field has a certain value. Change that first."
    ]
    admin.press("/topics/fields", f"/topics/fields/{one.id}/archive")
    assert field(admin, "one").archived_at is None
    admin.press("/topics/fields", f"/topics/fields/{two.id}/archive")
    admin.press("/topics/fields", f"/topics/fields/{one.id}/archive")
    assert field(admin, "one").archived_at is not None


def test_a_topic_keeps_its_team_when_that_is_archived(admin: Admin) -> None:
    with admin.world.factory.session(admin.world.seed.tenant.id) as db:
        team = Team(tenant_id=admin.world.seed.tenant.id, name="Repairs")
        db.add(team)
        db.flush()
        team_id = team.id
    admin.fill("/topics/new", name="Repair", team=str(team_id))
    assert topic(admin, "Repair").team_id == team_id
