"""Every page there is, by its template: where it is, who sees it, and what leads to it."""

from dataclasses import dataclass

from tests.browser import ways
from tests.browser.steps import (
    ADA,
    BEN,
    CLEO,
    HANNAH,
    IRENE,
    JUN,
    PAUL,
    PRIYA,
    RAFAEL,
    REPAIR,
    TOMAS,
)


@dataclass(frozen=True)
class Place:
    """A page in one of its states. `{The subject}` in a path is the number of that ticket."""

    #: Below portal/templates, without its ending.
    template: str
    path: str = ""
    #: Whose browser it is; None: nobody's.
    who: str | None = None
    #: What tells it from other places of the template.
    state: str = ""
    tenant: str = "acme"
    #: What is done on the page before it is looked at.
    then: ways.Step | None = None
    #: What PRIYA has done before, in a browser of hers.
    given: ways.Step | None = None
    #: The answers from 400 on that lead there.
    statuses: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.template} {self.state}".strip()


PLACES = [
    # Visitors
    Place("tenants/front"),
    Place("integration/front_door", then=ways.ask_for_the_hub),
    Place("signin/login", "login"),
    Place("signin/login", "login/local", state="local"),
    Place("signin/login", "login", state="mistyped", then=ways.mistype, statuses=(401,)),
    Place("signin/login", "login", state="of Globex", tenant="globex"),
    Place("signin/login", "login?reference=ABCD-2345", state="after a refusal"),
    Place("signin/signed_out", "login", then=ways.sign_in_and_out),
    Place("signin/refused", "auth/callback?token=a.b.c", statuses=(400,)),
    Place("signin/switch", "tickets", CLEO, then=ways.arrive_as_marta),
    Place("signin/logout", "tickets", CLEO, then=ways.come_from_elsewhere),
    Place("people/invitation", "invitation/none", state="used up", statuses=(410,)),
    Place("errors/page", "no/such/page", state="404", statuses=(404,)),
    # Customers
    Place("tickets/customer_home", "", CLEO),
    Place("tickets/customer_list", "tickets", CLEO),
    Place("tickets/customer_list", "tickets?tab=closed", CLEO, state="closed"),
    Place("tickets/customer_list", "tickets?q=zzz", CLEO, state="empty"),
    Place("tickets/customer_new", "tickets/new?choose=1", CLEO, state="topics"),
    Place("tickets/customer_new", "tickets/new?choose=1", CLEO, then=ways.follow(REPAIR)),
    Place(
        "tickets/customer_new",
        "tickets/new",
        CLEO,
        state="with an error",
        then=ways.write_nothing,
        statuses=(422,),
    ),
    Place("tickets/customer_new", "tickets/new", CLEO, state="with a preview", then=ways.preview),
    Place("tickets/customer_thread", "tickets/{Right side is quieter}", CLEO),
    Place("tickets/customer_thread", "tickets/{How do I clean the mesh}", CLEO, state="closed"),
    Place("tickets/customer_follow_up", "tickets/{How do I clean the mesh}/follow-up", CLEO),
    Place("tickets/kept_text", "tickets/new", CLEO, then=ways.lose_session, statuses=(403,)),
    Place("people/profile", "profile", CLEO),
    Place("people/shortcuts", "profile/shortcuts", CLEO),
    Place("errors/page", "tickets/999999", CLEO, state="404 of a customer", statuses=(404,)),
    Place("errors/page", "settings/general", CLEO, state="403", statuses=(403, 404)),
    # Agents
    Place("tickets/agent_home", "", BEN),
    Place("tickets/agent_home", "", IRENE, state="with first steps", tenant="globex"),
    Place("tickets/agent_queue", "tickets", BEN),
    Place("tickets/agent_queue", "tickets", BEN, state="with some ticked", then=ways.tick),
    Place("bulk/runs", "bulk", HANNAH, state="empty"),
    Place("bulk/confirm", "tickets?state=any", TOMAS, then=ways.change_all),
    Place("bulk/confirm", "tickets", TOMAS, state="mistyped", then=ways.tag_badly, statuses=(422,)),
    Place("bulk/run", "tickets?state=closed&state=new", TOMAS, then=ways.change_closed),
    Place("bulk/runs", "bulk", TOMAS),
    Place("tickets/agent_queue", "tickets?q=zzz", BEN, state="empty"),
    Place("tickets/agent_queue", "tickets", BEN, state="columns", then=ways.press("Columns")),
    Place("saved_views/view", "views/new?state=unsolved&priority=urgent", BEN),
    Place("saved_views/views", "views", BEN, then=ways.save_view),
    Place("saved_views/views", "views", IRENE, tenant="globex", state="empty"),
    Place("macros/macros", "macros", BEN),
    Place("macros/macro", "macros/new", BEN),
    Place("tickets/agent_queue", "tickets?state=", BEN, state="filter", then=ways.press("Filter")),
    Place("tickets/agent_queue", "tickets", BEN, state="account", then=ways.press("Your account")),
    Place("tickets/agent_ticket", "tickets/{Left hinge cracked}", BEN),
    Place("tickets/agent_ticket", "tickets/{24 pairs for the new}", BEN, state="long"),
    Place("tickets/agent_ticket", "tickets/{How do I clean the mesh}", BEN, state="closed"),
    Place("tickets/agent_ticket", "tickets/{السماعة}", BEN, state="in Arabic"),
    Place(
        "tickets/agent_ticket",
        "tickets/{Left hinge cracked}?compose=reply",
        BEN,
        state="reply",
        then=ways.press("Other ways to send"),
    ),
    Place("tickets/agent_ticket", "tickets/{Left hinge cracked}?compose=note", BEN, state="note"),
    Place(
        "tickets/agent_ticket",
        "tickets/{Left hinge cracked}?compose=reply&macros=1",
        PRIYA,
        state="macros",
        given=ways.use_macro,
    ),
    Place("tickets/agent_merge", "tickets/{Left hinge cracked}/merge", BEN),
    Place("tickets/agent_merge", "tickets/{Left hinge cracked}/merge?with=1", BEN, state="both"),
    Place("tickets/agent_split", "tickets/{24 pairs for the new}/split", BEN),
    Place("tickets/agent_requester", "tickets/{Left hinge cracked}/requester", BEN),
    Place("tickets/agent_print", "tickets/{24 pairs for the new}/print", BEN),
    Place("tickets/agent_new", "tickets/new", BEN),
    Place("composer/drafts", "tickets/drafts", BEN, state="empty"),
    Place(
        "composer/drafts",
        "tickets/drafts",
        PAUL,
        tenant="globex",
        state="one",
        then=ways.begin_a_ticket,
    ),
    Place("search/results", "tickets/search", BEN, state="empty"),
    Place("search/results", "tickets/search?q=hinge", BEN),
    Place("search/results", "tickets/search?q=marat", BEN, state="near"),
    Place("search/results", "tickets/search?q=size:red", BEN, state="wrong", statuses=(422,)),
    Place("people/agent_customers", "people", BEN),
    Place("people/agent_person", "people", BEN, then=ways.follow("Marta Lindqvist")),
    Place("people/agent_person_edit", "people", BEN, then=ways.edit_marta),
    Place("tickets/person_merge", "people", BEN, then=ways.merge_marta),
    Place("people/agent_organisation", "people", BEN, then=ways.follow("Northwind Studios")),
    Place("people/profile", "profile", BEN, state="of an agent"),
    Place("notifications/notifications", "notifications", JUN, state="empty"),
    Place("notifications/notifications", "notifications", BEN, given=ways.mention_ben),
    Place("notifications/settings", "profile/notifications", BEN),
    Place("integration/hub", "integration", BEN),
    Place("integration/guide", "integration/guide", BEN),
    Place("integration/sample", "integration/samples/php", BEN),
    Place("integration/file", "integration/samples/php/portal.php", BEN),
    Place("integration/file", "integration/samples/php/.env", BEN, state="with values"),
    Place("signin/password", "profile/password", BEN),
    Place("factors/start", "profile/security", TOMAS),
    Place("factors/app", "profile/security", TOMAS, then=ways.start_app),
    Place("factors/confirm", "profile/security/confirm", TOMAS),
    Place("factors/overview", "login/local", then=ways.with_app),
    Place("factors/codes", "login/local", then=ways.make_codes),
    Place("factors/second", "login/local", then=ways.second),
    Place("factors/second", "login/local", state="recovery", then=ways.second_by_recovery),
    Place("factors/second", "login/second", state="over", statuses=(410,)),
    # Admins
    Place("integration/hub", "integration", IRENE, tenant="globex", state="with little in it"),
    Place("settings/general", "settings/general", ADA),
    Place("settings/people", "settings/people", ADA),
    Place("settings/person", "settings/people", ADA, then=ways.follow("Ben Agent")),
    Place("settings/invite", "settings/people/invite", ADA),
    Place("settings/link", "settings/people/invite", IRENE, tenant="globex", then=ways.invite),
    Place(
        "people/invitation",
        "settings/people?role=team",
        IRENE,
        "",
        "globex",
        ways.follow_invitation,
    ),
    Place("settings/organisations", "settings/organisations", ADA),
    Place(
        "settings/organisation",
        "settings/organisations",
        ADA,
        then=ways.follow("Northwind Studios"),
    ),
    Place("settings/organisation", "settings/organisations/new", ADA, state="new"),
    Place("settings/projects", "settings/projects", ADA),
    Place("settings/project", "settings/projects", ADA, then=ways.follow("Headphones")),
    Place("settings/project", "settings/projects/new", ADA, state="new"),
    Place("settings/teams", "settings/teams", ADA),
    Place("settings/team", "settings/teams", ADA, then=ways.follow("Hardware")),
    Place("settings/team", "settings/teams/new", ADA, state="new"),
    Place("settings/teams", "settings/teams", IRENE, tenant="globex", state="empty"),
    Place("settings/roles", "settings/roles", ADA),
    Place("settings/role", "settings/roles", ADA, then=ways.follow("Light agent")),
    Place("settings/role_delete", "settings/roles", ADA, then=ways.about_to_delete_a_role),
    Place("tickets/agent_ticket", "tickets/{Left hinge cracked}", RAFAEL, state="light"),
    Place("settings/topics", "settings/topics", IRENE, tenant="globex"),
    Place("settings/topics", "settings/topics", ADA, state="empty"),
    Place(
        "settings/topic", "settings/topics", IRENE, "", "globex", ways.follow("A machine does not")
    ),
    Place("settings/fields", "settings/topics/fields", IRENE, tenant="globex"),
    Place("settings/field", "settings/topics/fields/new", IRENE, tenant="globex"),
    Place("settings/audit", "settings/audit", ADA),
    Place("settings/api_keys", "settings/api-keys", ADA),
    Place("settings/api_key_new", "settings/api-keys/new", ADA),
    Place("settings/api_key_secret", "settings/api-keys/new", ADA, then=ways.make_api_key),
    Place("settings/api_key", "settings/api-keys", ADA, then=ways.follow("tk_acme")),
    Place("settings/api_key_revoke", "settings/api-keys", ADA, then=ways.about_to_revoke),
    Place("settings/sites", "settings/sites", IRENE, tenant="globex", state="empty"),
    Place("settings/providers", "settings/providers", IRENE, tenant="globex", state="empty"),
    Place("settings/provider", "settings/providers/new?kind=keycloak", ADA),
    Place(
        "settings/openid_tried",
        "settings/providers/new?kind=other",
        IRENE,
        tenant="globex",
        then=ways.try_provider,
    ),
    Place("settings/providers", "settings/providers", IRENE, tenant="globex"),
    Place("settings/site", "settings/sites/new", ADA),
    Place("settings/site_secret", "settings/sites/new", ADA, then=ways.add_site),
    Place("settings/sites", "settings/sites", ADA),
    Place("issuer/consent", "settings/sites/new", ADA, then=ways.ask_for_a_site),
    Place("issuer/logout", "oauth2/logout", CLEO),
    Place("settings/signin_login", "settings/sign-in", ADA),
    Place("settings/signin_keys", "settings/sign-in/keys", ADA),
    Place(
        "settings/signin_secret",
        "settings/sign-in/keys",
        IRENE,
        tenant="globex",
        then=ways.follow("Make a new key"),
    ),
    Place("settings/signin_leaked", "settings/sign-in/keys", ADA, then=ways.follow("has leaked")),
    Place("settings/signin_methods", "settings/sign-in/methods", ADA),
    Place("settings/signin_accounts", "settings/sign-in/accounts", ADA),
    Place("settings/signin_sessions", "settings/sign-in/sessions", ADA),
    Place("settings/signin_factors", "settings/sign-in/second-factor", ADA),
    Place("settings/signin_test", "settings/sign-in/test", ADA),
    Place(
        "settings/signin_test", "settings/sign-in/test", ADA, "with an answer", then=ways.test_token
    ),
    Place("settings/signin_log", "settings/sign-in/log", ADA),
    Place("settings/signin_history", "settings/sign-in/history", ADA),
    Place("settings/signin_login", "settings/sign-in", IRENE, "with a draft", "globex", ways.draft),
    Place("settings/signin_promote", "settings/sign-in", IRENE, "", "globex", ways.ask_about_draft),
    Place("settings/signin_tested", "settings/sign-in", IRENE, "", "globex", ways.try_draft),
]

#: Pages that no browser stays on.
PASSED_THROUGH = {"signin/leaving"}
