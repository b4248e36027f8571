"""The settings pages of this room: people, teams, roles, organisations, projects."""

from pyramid.config import Configurator

from portal.people.settings_groups import OrganisationsSettings, ProjectsSettings
from portal.people.settings_people import PeopleSettings
from portal.people.settings_roles import RolesSettings
from portal.people.settings_teams import TeamsSettings
from portal.people.settings_words import AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES
from portal.tenants.settings_pages import PEOPLE, TICKETS, SettingsPage
from portal.web.i18n import N_

_PAGES = (
    SettingsPage(
        "people",
        N_("People"),
        "users",
        PEOPLE,
        10,
        lambda parent, name: PeopleSettings(parent.request, parent, name),
    ),
    SettingsPage(
        "organisations",
        N_("Organisations"),
        "building-2",
        PEOPLE,
        20,
        lambda parent, name: OrganisationsSettings(parent.request, parent, name),
    ),
    SettingsPage(
        "teams",
        N_("Teams"),
        "headset",
        PEOPLE,
        15,
        lambda parent, name: TeamsSettings(parent.request, parent, name),
    ),
    SettingsPage(
        "roles",
        N_("Roles"),
        "user-cog",
        PEOPLE,
        17,
        lambda parent, name: RolesSettings(parent.request, parent, name),
    ),
    SettingsPage(
        "projects",
        N_("Projects"),
        "folder",
        TICKETS,
        10,
        lambda parent, name: ProjectsSettings(parent.request, parent, name),
    ),
)


def includeme(config: Configurator) -> None:
    """Register the pages, and the words of the audit log."""
    for page in _PAGES:
        config.add_settings_page(page)
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
    for module in ("settings_people", "settings_groups", "settings_teams", "settings_roles"):
        config.scan(f"portal.people.{module}")
