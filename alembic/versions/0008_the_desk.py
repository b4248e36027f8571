"""The desk: teams, topics, views, bulk runs, drafts, macros, marks, presence, notifications.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db.protect import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    "agent_roles",
    "custom_fields",
    "tag_tallies",
    "teams",
    "topics",
    "bulk_runs",
    "drafts",
    "macros",
    "saved_views",
    "team_members",
    "topic_fields",
    "user_notes",
    "bulk_changes",
    "held_replies",
    "presences",
    "ticket_followers",
    "ticket_links",
    "ticket_stars",
    "ticket_tags",
    "notifications",
)

# As in 0001, for more of what a list can be narrowed to. A snoozed ticket is in no queue.
TALLY_FUNCTION = """
create or replace function tally_ticket() returns trigger language plpgsql as $$
declare
  step record;
begin
  for step in
    select tenant_id, state, assignee_id, priority, project_id, topic_id, team_id,
           sum(change) as change
    from (
      select old.tenant_id,
             case when old.snoozed_until is null then old.state else 'snoozed' end as state,
             coalesce(old.assignee_id, 0) as assignee_id, old.priority,
             coalesce(old.project_id, 0) as project_id, coalesce(old.topic_id, 0) as topic_id,
             coalesce(old.team_id, 0) as team_id, -1 as change
      where tg_op <> 'INSERT'
      union all
      select new.tenant_id,
             case when new.snoozed_until is null then new.state else 'snoozed' end,
             coalesce(new.assignee_id, 0), new.priority,
             coalesce(new.project_id, 0), coalesce(new.topic_id, 0), coalesce(new.team_id, 0), 1
      where tg_op <> 'DELETE'
    ) as moves
    group by tenant_id, state, assignee_id, priority, project_id, topic_id, team_id
    having sum(change) <> 0
    order by state, assignee_id, priority, project_id, topic_id, team_id
  loop
    insert into ticket_tallies
      (tenant_id, state, assignee_id, priority, project_id, topic_id, team_id, tickets)
    values
      (step.tenant_id, step.state, step.assignee_id, step.priority, step.project_id,
       step.topic_id, step.team_id, step.change)
    on conflict (tenant_id, state, assignee_id, priority, project_id, topic_id, team_id)
    do update set tickets = ticket_tallies.tickets + excluded.tickets;
  end loop;
  return null;
end
$$
"""

TALLY_TRIGGER = """
create trigger tally_ticket
after insert or delete or update of
  state, assignee_id, priority, project_id, topic_id, team_id, snoozed_until
on tickets for each row execute function tally_ticket()
"""

COUNT_AGAIN = """
insert into ticket_tallies
  (tenant_id, state, assignee_id, priority, project_id, topic_id, team_id, tickets)
select tenant_id, state, coalesce(assignee_id, 0), priority, coalesce(project_id, 0), 0, 0, count(*)
from tickets group by 1, 2, 3, 4, 5
"""

VERSION_FUNCTION = """
create function raise_ticket_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end
$$
"""

VERSION_TRIGGER = """
create trigger raise_ticket_version before update on tickets
for each row execute function raise_ticket_version()
"""

TAG_FUNCTION = """
create function tally_tag() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    update tag_tallies set tickets = tickets - 1
    where tenant_id = old.tenant_id and tag = old.tag;
  end if;
  if tg_op <> 'DELETE' then
    insert into tag_tallies (tenant_id, tag, tickets) values (new.tenant_id, new.tag, 1)
    on conflict (tenant_id, tag) do update set tickets = tag_tallies.tickets + 1;
  end if;
  return null;
end
$$
"""

TAG_TRIGGER = """
create trigger tally_tag after insert or delete on ticket_tags
for each row execute function tally_tag()
"""


def upgrade() -> None:
    op.create_table(
        "agent_roles",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_agent_roles_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_roles")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_agent_roles_tenant_id_name")),
    )
    op.create_table(
        "custom_fields",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("for_customers", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("required_to_open", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("required_to_solve", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("condition_field_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "condition_values", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind in ('text', 'number', 'date', 'choice', 'checkbox')",
            name=op.f("ck_custom_fields_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "condition_field_id"],
            ["custom_fields.tenant_id", "custom_fields.id"],
            name=op.f("fk_custom_fields_tenant_id_condition_field_id_custom_fields"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_custom_fields_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_custom_fields_tenant_id_key")),
    )
    op.create_table(
        "tag_tallies",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("tickets", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_tag_tallies_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "tag", name=op.f("pk_tag_tallies")),
    )
    op.create_table(
        "teams",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("assignment", sa.Text(), server_default="by_hand", nullable=False),
        sa.Column("last_assigned_id", sa.BigInteger(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "assignment in ('by_hand', 'round_robin', 'least_busy')",
            name=op.f("ck_teams_assignment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_teams_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_teams")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_teams_tenant_id_name")),
    )
    op.create_table(
        "topics",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("for_customers", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "priority in ('low', 'normal', 'high', 'urgent')", name=op.f("ck_topics_priority")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["projects.tenant_id", "projects.id"],
            name=op.f("fk_topics_tenant_id_project_id_projects"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["teams.tenant_id", "teams.id"],
            name=op.f("fk_topics_tenant_id_team_id_teams"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_topics_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_topics")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_topics_tenant_id_name")),
    )
    op.create_table(
        "bulk_runs",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("query", sa.Text(), server_default="", nullable=False),
        sa.Column("action", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("undone", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cursor", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'done', 'stopped', 'undoing', 'undone')",
            name=op.f("ck_bulk_runs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "actor_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_bulk_runs_tenant_id_actor_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_bulk_runs_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bulk_runs")),
    )
    op.create_index(
        "ix_bulk_runs_tenant_id_actor_id_id",
        "bulk_runs",
        ["tenant_id", "actor_id", "id"],
        unique=False,
    )
    op.create_table(
        "drafts",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column(
            "attachment_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False
        ),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind in ('reply', 'note', 'ticket')", name=op.f("ck_drafts_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_drafts_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_drafts_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "user_id", "ticket_number", "kind", name=op.f("pk_drafts")
        ),
    )
    op.create_index(
        "ix_drafts_tenant_id_ticket_number", "drafts", ["tenant_id", "ticket_number"], unique=False
    )
    op.create_index("ix_drafts_updated_at", "drafts", ["tenant_id", "updated_at"], unique=False)
    op.create_table(
        "macros",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="reply", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("actions", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("uses", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("(scope = 'team') = (team_id is not null)", name=op.f("ck_macros_team")),
        sa.CheckConstraint("kind in ('reply', 'note')", name=op.f("ck_macros_kind")),
        sa.CheckConstraint("scope in ('mine', 'team', 'all')", name=op.f("ck_macros_scope")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_macros_tenant_id_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["teams.tenant_id", "teams.id"],
            name=op.f("fk_macros_tenant_id_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_macros_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_macros")),
    )
    op.create_index(
        "ix_macros_tenant_id_owner_id", "macros", ["tenant_id", "owner_id"], unique=False
    )
    op.create_index("ix_macros_tenant_id_team_id", "macros", ["tenant_id", "team_id"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), server_default="updated", nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(scope = 'team') = (team_id is not null)", name=op.f("ck_saved_views_team")
        ),
        sa.CheckConstraint("scope in ('mine', 'team', 'all')", name=op.f("ck_saved_views_scope")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_saved_views_tenant_id_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["teams.tenant_id", "teams.id"],
            name=op.f("fk_saved_views_tenant_id_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_saved_views_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        "ix_saved_views_tenant_id_owner_id", "saved_views", ["tenant_id", "owner_id"], unique=False
    )
    op.create_index(
        "ix_saved_views_tenant_id_team_id", "saved_views", ["tenant_id", "team_id"], unique=False
    )
    op.create_table(
        "team_members",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["teams.tenant_id", "teams.id"],
            name=op.f("fk_team_members_tenant_id_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_team_members_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_team_members_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "team_id", "user_id", name=op.f("pk_team_members")),
    )
    op.create_index(
        "ix_team_members_tenant_id_user_id", "team_members", ["tenant_id", "user_id"], unique=False
    )
    op.create_table(
        "topic_fields",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "field_id"],
            ["custom_fields.tenant_id", "custom_fields.id"],
            name=op.f("fk_topic_fields_tenant_id_field_id_custom_fields"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "topic_id"],
            ["topics.tenant_id", "topics.id"],
            name=op.f("fk_topic_fields_tenant_id_topic_id_topics"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_topic_fields_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "topic_id", "field_id", name=op.f("pk_topic_fields")),
    )
    op.create_index(
        "ix_topic_fields_tenant_id_field_id",
        "topic_fields",
        ["tenant_id", "field_id"],
        unique=False,
    )
    op.create_table(
        "user_notes",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "author_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_notes_tenant_id_author_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_notes_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_user_notes_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_notes")),
    )
    op.create_index(
        "ix_user_notes_tenant_id_user_id_id",
        "user_notes",
        ["tenant_id", "user_id", "id"],
        unique=False,
    )
    op.create_table(
        "bulk_changes",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_runs.tenant_id", "bulk_runs.id"],
            name=op.f("fk_bulk_changes_tenant_id_run_id_bulk_runs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_bulk_changes_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_bulk_changes_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "run_id", "ticket_number", name=op.f("pk_bulk_changes")
        ),
    )
    op.create_index(
        "ix_bulk_changes_tenant_id_ticket_number",
        "bulk_changes",
        ["tenant_id", "ticket_number"],
        unique=False,
    )
    op.create_table(
        "held_replies",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "attachment_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False
        ),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "author_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_held_replies_tenant_id_author_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_held_replies_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_held_replies_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_held_replies")),
        sa.UniqueConstraint(
            "tenant_id",
            "author_id",
            "form_key",
            name=op.f("uq_held_replies_tenant_id_author_id_form_key"),
        ),
    )
    op.create_index(
        "ix_held_replies_tenant_id_author_id",
        "held_replies",
        ["tenant_id", "author_id"],
        unique=False,
    )
    op.create_index(
        "ix_held_replies_tenant_id_ticket_number",
        "held_replies",
        ["tenant_id", "ticket_number"],
        unique=False,
    )
    op.create_table(
        "presences",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.Text(), server_default="viewing", nullable=False),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "activity in ('viewing', 'typing', 'idle')", name=op.f("ck_presences_activity")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_presences_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_presences_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_presences_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "ticket_number", "user_id", name=op.f("pk_presences")),
    )
    op.create_index(
        "ix_presences_tenant_id_user_id", "presences", ["tenant_id", "user_id"], unique=False
    )
    op.create_table(
        "ticket_followers",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="follower", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind in ('follower', 'cc')", name=op.f("ck_ticket_followers_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_ticket_followers_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_ticket_followers_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_ticket_followers_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "ticket_number", "user_id", name=op.f("pk_ticket_followers")
        ),
    )
    op.create_index(
        "ix_ticket_followers_tenant_id_user_id",
        "ticket_followers",
        ["tenant_id", "user_id", "ticket_number"],
        unique=False,
    )
    op.create_table(
        "ticket_links",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("other_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), server_default="related", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind in ('related', 'split')", name=op.f("ck_ticket_links_kind")),
        sa.CheckConstraint("ticket_number < other_number", name=op.f("ck_ticket_links_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "other_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_ticket_links_tenant_id_other_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_ticket_links_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_ticket_links_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "ticket_number", "other_number", name=op.f("pk_ticket_links")
        ),
    )
    op.create_index(
        "ix_ticket_links_tenant_id_other_number",
        "ticket_links",
        ["tenant_id", "other_number"],
        unique=False,
    )
    op.create_table(
        "ticket_stars",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_ticket_stars_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_ticket_stars_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_ticket_stars_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "user_id", "ticket_number", name=op.f("pk_ticket_stars")
        ),
    )
    op.create_index(
        "ix_ticket_stars_tenant_id_ticket_number",
        "ticket_stars",
        ["tenant_id", "ticket_number"],
        unique=False,
    )
    op.create_table(
        "ticket_tags",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_ticket_tags_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_ticket_tags_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "ticket_number", "tag", name=op.f("pk_ticket_tags")),
    )
    op.create_index(
        "ix_ticket_tags_tenant_id_tag_ticket_number",
        "ticket_tags",
        ["tenant_id", "tag", "ticket_number"],
        unique=False,
    )
    op.create_table(
        "notifications",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('mention', 'assigned', 'reply', 'note', 'state')",
            name=op.f("ck_notifications_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "actor_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_notifications_tenant_id_actor_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["messages.tenant_id", "messages.id"],
            name=op.f("fk_notifications_tenant_id_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_notifications_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_notifications_tenant_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_notifications_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_tenant_id_ticket_number",
        "notifications",
        ["tenant_id", "ticket_number"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_tenant_id_user_id_id",
        "notifications",
        ["tenant_id", "user_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["tenant_id", "user_id"],
        unique=False,
        postgresql_where=sa.text("read_at is null"),
    )
    op.add_column("messages", sa.Column("moved_from", sa.BigInteger(), nullable=True))
    op.add_column(
        "organisations",
        sa.Column("members_reply", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "tenants", sa.Column("reopen_days", sa.BigInteger(), server_default="14", nullable=False)
    )
    op.add_column(
        "ticket_tallies", sa.Column("priority", sa.Text(), server_default="normal", nullable=False)
    )
    op.add_column(
        "ticket_tallies",
        sa.Column(
            "project_id", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False
        ),
    )
    op.add_column(
        "ticket_tallies",
        sa.Column(
            "topic_id", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False
        ),
    )
    op.add_column(
        "ticket_tallies",
        sa.Column(
            "team_id", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False
        ),
    )
    op.add_column("tickets", sa.Column("topic_id", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("team_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "tickets", sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.add_column("tickets", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("follow_up_of", sa.BigInteger(), nullable=True))
    op.add_column(
        "tickets", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.add_column(
        "tickets",
        sa.Column(
            "urgency",
            sa.SmallInteger(),
            sa.Computed(
                "case priority when 'urgent' then 3 when 'high' then 2 when 'normal' then 1 "
                "else 0 end",
                persisted=True,
            ),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_tickets_snoozed_until",
        "tickets",
        ["tenant_id", "snoozed_until"],
        unique=False,
        postgresql_where=sa.text("snoozed_until is not null"),
    )
    op.create_index(
        "ix_tickets_solved_at",
        "tickets",
        ["tenant_id", "solved_at"],
        unique=False,
        postgresql_where=sa.text("state = 'solved'"),
    )
    op.create_index(
        "ix_tickets_unsolved_team_id_updated_at",
        "tickets",
        ["tenant_id", "team_id", "updated_at", "number"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'open', 'pending', 'on_hold')"),
    )
    op.create_index(
        "ix_tickets_unsolved_urgency_updated_at",
        "tickets",
        ["tenant_id", "urgency", "updated_at", "number"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'open', 'pending', 'on_hold')"),
    )
    op.create_foreign_key(
        op.f("fk_tickets_tenant_id_follow_up_of_tickets"),
        "tickets",
        "tickets",
        ["tenant_id", "follow_up_of"],
        ["tenant_id", "number"],
    )
    op.create_foreign_key(
        op.f("fk_tickets_tenant_id_topic_id_topics"),
        "tickets",
        "topics",
        ["tenant_id", "topic_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_tickets_tenant_id_merged_into_tickets"),
        "tickets",
        "tickets",
        ["tenant_id", "merged_into"],
        ["tenant_id", "number"],
    )
    op.create_foreign_key(
        op.f("fk_tickets_tenant_id_team_id_teams"),
        "tickets",
        "teams",
        ["tenant_id", "team_id"],
        ["tenant_id", "id"],
    )
    op.add_column("users", sa.Column("agent_role_id", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("away_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("away_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "users", sa.Column("preferences", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.add_column("users", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_users_tenant_id_merged_into_id_users"),
        "users",
        "users",
        ["tenant_id", "merged_into_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_users_tenant_id_agent_role_id_agent_roles"),
        "users",
        "agent_roles",
        ["tenant_id", "agent_role_id"],
        ["tenant_id", "id"],
    )

    tally_again()
    op.execute(VERSION_FUNCTION)
    op.execute(VERSION_TRIGGER)
    op.execute(TAG_FUNCTION)
    op.execute(TAG_TRIGGER)
    protect(*TABLES)


def tally_again() -> None:
    """Keep the counters by more columns, from what is there."""
    op.execute("drop trigger tally_ticket on tickets")
    op.execute(TALLY_FUNCTION)
    for table in ("tickets", "ticket_tallies"):
        # The owner too sees one tenant's rows only, and here it must see everybody's.
        op.execute(f"alter table {table} no force row level security")
    op.execute("delete from ticket_tallies")
    op.drop_constraint("pk_ticket_tallies", "ticket_tallies", type_="primary")
    op.create_primary_key(
        "pk_ticket_tallies",
        "ticket_tallies",
        ["tenant_id", "state", "assignee_id", "priority", "project_id", "topic_id", "team_id"],
    )
    op.execute(COUNT_AGAIN)
    for table in ("tickets", "ticket_tallies"):
        op.execute(f"alter table {table} force row level security")
    op.execute(TALLY_TRIGGER)


FORMER_TALLY_FUNCTION = """
create or replace function tally_ticket() returns trigger language plpgsql as $$
declare
  step record;
begin
  for step in
    select tenant_id, state, assignee_id, sum(change) as change
    from (
      select old.tenant_id, old.state, coalesce(old.assignee_id, 0) as assignee_id, -1 as change
      where tg_op <> 'INSERT'
      union all
      select new.tenant_id, new.state, coalesce(new.assignee_id, 0), 1
      where tg_op <> 'DELETE'
    ) as moves
    group by tenant_id, state, assignee_id
    having sum(change) <> 0
    order by state, assignee_id
  loop
    insert into ticket_tallies (tenant_id, state, assignee_id, tickets)
    values (step.tenant_id, step.state, step.assignee_id, step.change)
    on conflict (tenant_id, state, assignee_id)
    do update set tickets = ticket_tallies.tickets + excluded.tickets;
  end loop;
  return null;
end
$$
"""

FORMER_TALLY_TRIGGER = """
create trigger tally_ticket
after insert or delete or update of state, assignee_id on tickets
for each row execute function tally_ticket()
"""

ADDED_COLUMNS = (
    ("messages", "moved_from"),
    ("organisations", "members_reply"),
    ("tenants", "reopen_days"),
    ("tickets", "topic_id"),
    ("tickets", "team_id"),
    ("tickets", "custom"),
    ("tickets", "snoozed_until"),
    ("tickets", "merged_into"),
    ("tickets", "follow_up_of"),
    ("tickets", "version"),
    ("tickets", "urgency"),
    ("users", "agent_role_id"),
    ("users", "away_from"),
    ("users", "away_until"),
    ("users", "preferences"),
    ("users", "merged_into_id"),
)


def downgrade() -> None:
    op.execute("drop trigger tally_ticket on tickets")
    op.execute("drop trigger raise_ticket_version on tickets")
    op.execute("drop function raise_ticket_version()")
    op.execute(FORMER_TALLY_FUNCTION)
    op.drop_index("ix_tickets_solved_at", "tickets")
    for table, column in reversed(ADDED_COLUMNS):
        op.drop_column(table, column)
    for table in reversed(TABLES):
        op.execute(f"drop table {table} cascade")
    op.execute("drop function tally_tag()")
    for table in ("tickets", "ticket_tallies"):
        op.execute(f"alter table {table} no force row level security")
    op.execute("delete from ticket_tallies")
    for column in ("priority", "project_id", "topic_id", "team_id"):
        op.drop_column("ticket_tallies", column)
    op.create_primary_key(
        "pk_ticket_tallies", "ticket_tallies", ["tenant_id", "state", "assignee_id"]
    )
    op.execute(
        "insert into ticket_tallies (tenant_id, state, assignee_id, tickets) "
        "select tenant_id, state, coalesce(assignee_id, 0), count(*) from tickets group by 1, 2, 3"
    )
    for table in ("tickets", "ticket_tallies"):
        op.execute(f"alter table {table} force row level security")
    op.execute(FORMER_TALLY_TRIGGER)
