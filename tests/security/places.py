"""Every kind of place that has a view: where there is one, and who may do what there."""

from typing import NamedTuple

from portal.api.resources import (
    ApiAuthResource,
    ApiResource,
    ApiTicketResource,
    ApiTicketsResource,
)
from portal.attachments.resources import AttachmentResource, FilesResource, WaitingFileResource
from portal.bulk.resources import BulkResource, BulkRunResource
from portal.factors.resources import SecurityResource
from portal.integration.front_door import FrontDoorResource
from portal.integration.resources import FileResource, IntegrationResource, SampleResource
from portal.issuer.resources import (
    IdpResource,
    IssuerResource,
    TenantMetadata,
    WellKnownResource,
)
from portal.issuer.settings_pages import SiteSettings, SitesSettings
from portal.live.resources import LiveResource, LiveTicketResource
from portal.macros.resources import MacroResource, MacrosResource
from portal.notifications.resources import NotificationSettings, NotificationsResource
from portal.openid.settings_pages import ProviderSettings, ProvidersSettings
from portal.people.invitation_page import InvitationResource
from portal.people.profile import ProfileResource
from portal.people.resources import OrganisationResource, PeopleResource, PersonResource
from portal.people.settings_groups import (
    OrganisationSettings,
    OrganisationsSettings,
    ProjectSettings,
    ProjectsSettings,
)
from portal.people.settings_people import PeopleSettings, PersonSettings
from portal.people.settings_roles import BuiltInRole, RoleSettings, RolesSettings
from portal.people.settings_teams import TeamSettings, TeamsSettings
from portal.resources import Root, TenantResource
from portal.saved_views.resources import SavedViewResource, SavedViewsResource
from portal.security.api_key_pages import ApiKeySettings, ApiKeysSettings
from portal.security.permissions import Permission
from portal.signin.resources import EndpointResource, LoginResource
from portal.signin.settings_pages import SignInSettingsResource
from portal.tenants.audit_page import AuditResource
from portal.tenants.branding import BrandingResource
from portal.tenants.general import GeneralResource
from portal.tenants.settings_pages import SettingsResource
from portal.tickets.resources import TicketResource, TicketsResource
from portal.topics.settings_pages import (
    FieldSettings,
    FieldsSettings,
    TopicSettings,
    TopicsSettings,
)

#: What is not in a table is refused.
Grants = dict[Permission, set[str]]

CUSTOMERS = {"cleo", "carl", "dora"}
#: lia's role has nothing that can be given; max's has all of it.
STAFF = {"ben", "ada", "lia", "max"}
#: What agents have who have no role of the tenant's, and what only a role gives.
USUAL, GIVEN = STAFF - {"lia"}, {"ada", "max"}
EVERYBODY = CUSTOMERS | STAFF
#: cleo asked, and carl is a member of her organisation, which shares its tickets.
CONCERNED = {"cleo", "carl"} | STAFF

NOTHING: Grants = {}
IN_THE_TENANT: Grants = {
    Permission.USE_PORTAL: EVERYBODY,
    Permission.OPEN_TICKET: EVERYBODY,
    Permission.LIST_TICKETS: EVERYBODY,
    Permission.OPEN_FOR_CUSTOMER: USUAL,
    Permission.CHANGE_MANY: USUAL,
    Permission.CHANGE_UNLIMITED: USUAL,
    Permission.SHARE_WITH_ALL: USUAL,
    Permission.VIEW_PEOPLE: USUAL,
    Permission.EDIT_PEOPLE: USUAL,
    Permission.MERGE_PEOPLE: USUAL,
    Permission.VIEW_INTEGRATION: USUAL,
    Permission.VIEW_SIGN_IN_LOG: GIVEN,
    Permission.ADMINISTER: {"ada"},
}
ON_A_TICKET: Grants = {
    Permission.VIEW_TICKET: CONCERNED,
    Permission.VIEW_ATTACHMENT: CONCERNED,
    Permission.REPLY: {"cleo"} | USUAL,
    Permission.SOLVE: {"cleo"},
    Permission.WRITE_NOTE: STAFF,
    Permission.WORK_TICKET: USUAL,
    Permission.MERGE_TICKETS: USUAL,
}
#: ben made it, for all.
ON_A_SAVED_VIEW: Grants = {Permission.CHANGE_VIEW: {"ben", "ada"}}
ON_A_SHARED_MACRO: Grants = {Permission.CHANGE_MACRO: USUAL}
#: Of a team that lia is in.
ON_A_TEAMS_MACRO: Grants = {Permission.CHANGE_MACRO: USUAL | {"lia"}}
#: ben made it, for himself.
ON_A_MACRO: Grants = {Permission.CHANGE_MACRO: {"ben"}}
ON_A_FILE_THAT_WAITS: Grants = {
    Permission.VIEW_ATTACHMENT: {"cleo"},
    Permission.DISCARD_ATTACHMENT: {"cleo"},
}
ON_BULK_RUNS: Grants = {Permission.CHANGE_MANY: USUAL, Permission.CHANGE_UNLIMITED: USUAL}
#: Ben started it.
ON_A_BULK_RUN: Grants = {
    Permission.CHANGE_MANY: {"ben"},
    Permission.CHANGE_UNLIMITED: {"ben"},
}
ON_A_NOTES_FILE: Grants = {Permission.VIEW_ATTACHMENT: STAFF}
BY_KEY: Grants = {
    Permission.API_READ_TICKETS: {"key"},
    Permission.API_WRITE_TICKETS: {"key"},
    Permission.API_SIGN_IN: {"key"},
}


class Place(NamedTuple):
    """A kind of place, where there is one of it, and who may do what there."""

    kind: type
    path: str
    grants: Grants


_FILE = "/{slug}/tickets/{ticket}/attachments/"
_SETTINGS = "/{slug}/settings"

#: A kind stands here twice where its permissions differ from one to another. A new kind of
#: place is added here, or the tests that walk over all views fail.
PLACES = {
    "root": Place(Root, "/", NOTHING),
    "tenant": Place(TenantResource, "/{slug}/", IN_THE_TENANT),
    "branding": Place(BrandingResource, "/{slug}/branding", IN_THE_TENANT),
    "login": Place(LoginResource, "/{slug}/login", IN_THE_TENANT),
    "endpoint": Place(EndpointResource, "/{slug}/jwt", IN_THE_TENANT),
    "invitation": Place(InvitationResource, "/{slug}/invitation/{token}", IN_THE_TENANT),
    "profile": Place(ProfileResource, "/{slug}/profile", IN_THE_TENANT),
    "profile: security": Place(SecurityResource, "/{slug}/profile/security", IN_THE_TENANT),
    "people": Place(PeopleResource, "/{slug}/people", IN_THE_TENANT),
    "person": Place(PersonResource, "/{slug}/people/{person}", IN_THE_TENANT),
    "organisation": Place(
        OrganisationResource, "/{slug}/organisations/{organisation}", IN_THE_TENANT
    ),
    "settings": Place(SettingsResource, _SETTINGS, IN_THE_TENANT),
    "settings: general": Place(GeneralResource, f"{_SETTINGS}/general", IN_THE_TENANT),
    "settings: sign-in": Place(SignInSettingsResource, f"{_SETTINGS}/sign-in", IN_THE_TENANT),
    "settings: api keys": Place(ApiKeysSettings, f"{_SETTINGS}/api-keys", IN_THE_TENANT),
    "settings: api key": Place(ApiKeySettings, _SETTINGS + "/api-keys/{api_key}", IN_THE_TENANT),
    "settings: people": Place(PeopleSettings, f"{_SETTINGS}/people", IN_THE_TENANT),
    "settings: person": Place(PersonSettings, _SETTINGS + "/people/{person}", IN_THE_TENANT),
    "settings: organisations": Place(
        OrganisationsSettings, f"{_SETTINGS}/organisations", IN_THE_TENANT
    ),
    "settings: organisation": Place(
        OrganisationSettings, _SETTINGS + "/organisations/{organisation}", IN_THE_TENANT
    ),
    "settings: projects": Place(ProjectsSettings, f"{_SETTINGS}/projects", IN_THE_TENANT),
    "settings: project": Place(ProjectSettings, _SETTINGS + "/projects/{project}", IN_THE_TENANT),
    "settings: teams": Place(TeamsSettings, f"{_SETTINGS}/teams", IN_THE_TENANT),
    "settings: team": Place(TeamSettings, _SETTINGS + "/teams/{team}", IN_THE_TENANT),
    "settings: roles": Place(RolesSettings, f"{_SETTINGS}/roles", IN_THE_TENANT),
    "settings: built-in role": Place(BuiltInRole, f"{_SETTINGS}/roles/agent", IN_THE_TENANT),
    "settings: role": Place(RoleSettings, _SETTINGS + "/roles/{role}", IN_THE_TENANT),
    "settings: topics": Place(TopicsSettings, f"{_SETTINGS}/topics", IN_THE_TENANT),
    "settings: topic": Place(TopicSettings, _SETTINGS + "/topics/{topic}", IN_THE_TENANT),
    "settings: fields": Place(FieldsSettings, f"{_SETTINGS}/topics/fields", IN_THE_TENANT),
    "settings: field": Place(FieldSettings, _SETTINGS + "/topics/fields/{field}", IN_THE_TENANT),
    "settings: audit": Place(AuditResource, f"{_SETTINGS}/audit", IN_THE_TENANT),
    "settings: providers": Place(ProvidersSettings, f"{_SETTINGS}/providers", IN_THE_TENANT),
    "settings: provider": Place(
        ProviderSettings, _SETTINGS + "/providers/{provider}", IN_THE_TENANT
    ),
    "settings: sites": Place(SitesSettings, f"{_SETTINGS}/sites", IN_THE_TENANT),
    "settings: site": Place(SiteSettings, _SETTINGS + "/sites/{site}", IN_THE_TENANT),
    "issuer": Place(IssuerResource, "/{slug}/oauth2", IN_THE_TENANT),
    "well-known": Place(WellKnownResource, "/{slug}/.well-known", IN_THE_TENANT),
    "metadata beside the tenants": Place(
        TenantMetadata, "/.well-known/openid-configuration/{slug}", NOTHING
    ),
    "idp": Place(IdpResource, "/{slug}/idp", IN_THE_TENANT),
    "tickets": Place(TicketsResource, "/{slug}/tickets", IN_THE_TENANT),
    "views": Place(SavedViewsResource, "/{slug}/views", IN_THE_TENANT),
    "view": Place(SavedViewResource, "/{slug}/views/{view}", ON_A_SAVED_VIEW),
    "macros": Place(MacrosResource, "/{slug}/macros", IN_THE_TENANT),
    "macro": Place(MacroResource, "/{slug}/macros/{macro}", ON_A_SHARED_MACRO),
    "team's macro": Place(MacroResource, "/{slug}/macros/{macro_of_team}", ON_A_TEAMS_MACRO),
    "ben's macro": Place(MacroResource, "/{slug}/macros/{macro_of_ben}", ON_A_MACRO),
    "ticket": Place(TicketResource, "/{slug}/tickets/{ticket}", ON_A_TICKET),
    "bulk": Place(BulkResource, "/{slug}/bulk", ON_BULK_RUNS),
    "bulk run": Place(BulkRunResource, "/{slug}/bulk/{bulk_run}", ON_A_BULK_RUN),
    "live": Place(LiveResource, "/{slug}/live", IN_THE_TENANT),
    "live ticket": Place(LiveTicketResource, "/{slug}/live/{ticket}", ON_A_TICKET),
    "notifications": Place(NotificationsResource, "/{slug}/notifications", IN_THE_TENANT),
    "profile: notifications": Place(
        NotificationSettings, "/{slug}/profile/notifications", IN_THE_TENANT
    ),
    "reply's file": Place(AttachmentResource, _FILE + "{reply_file}", ON_A_TICKET),
    "note's file": Place(AttachmentResource, _FILE + "{note_file}", ON_A_NOTES_FILE),
    "files": Place(FilesResource, "/{slug}/files", IN_THE_TENANT),
    "waiting file": Place(
        WaitingFileResource, "/{slug}/files/{waiting_file}", ON_A_FILE_THAT_WAITS
    ),
    "integration beside the tenants": Place(FrontDoorResource, "/integration", NOTHING),
    "integration": Place(IntegrationResource, "/{slug}/integration", IN_THE_TENANT),
    "sample": Place(SampleResource, "/{slug}/integration/samples/php", IN_THE_TENANT),
    "sample's file": Place(FileResource, "/{slug}/integration/samples/php/.env", IN_THE_TENANT),
    "api": Place(ApiResource, "/{slug}/api", BY_KEY),
    "api auth": Place(ApiAuthResource, "/{slug}/api/auth", BY_KEY),
    "api tickets": Place(ApiTicketsResource, "/{slug}/api/v2/tickets", BY_KEY),
    "api ticket": Place(ApiTicketResource, "/{slug}/api/v2/tickets/{ticket}", BY_KEY),
}
