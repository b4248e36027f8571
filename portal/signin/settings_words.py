"""Words of the sign-in settings, and for what the audit log tells of them."""

from portal.signin.codes import Code
from portal.web.i18n import N_

PROVISIONING = {
    "create": N_("Make an account for whoever is new"),
    "existing": N_("Let in only those who have an account here"),
    "off": N_("Let in only those who have an account, and change nothing in it"),
}
UNSOLICITED = {
    "allow": N_("Let them in"),
    "confirm": N_("Ask them first"),
    "deny": N_("Refuse them"),
}
ROLE_CAP = {
    "": N_("As the dialect allows"),
    "customer": N_("Customer"),
    "agent": N_("Agent"),
}

AUDIT_ACTIONS = {
    "signin.changed": N_("Sign-in settings changed"),
    "signin.draft_saved": N_("Draft of the sign-in settings changed"),
    "signin.draft_tested": N_("Draft of the sign-in settings tested"),
    "signin.draft_discarded": N_("Draft of the sign-in settings discarded"),
    "signin.promoted": N_("Draft of the sign-in settings made live"),
    "signin.rolled_back": N_("Earlier sign-in settings restored"),
    "signin.key_added": N_("Signing key added"),
    "signin.key_made": N_("Signing key made"),
    "signin.key_changed": N_("Signing key changed"),
    "signin.key_extended": N_("Previous key extended"),
    "signin.key_ended": N_("Signing key ended"),
    "signin.key_leaked": N_("Signing key marked as leaked"),
}
AUDIT_FIELDS = {
    "dialects": N_("Dialects"),
    "primary_dialect": N_("Dialect of the sign-in link"),
    "remote_login_url": N_("Remote login URL"),
    "remote_logout_url": N_("Remote logout URL"),
    "auth_url": N_("Auth URL"),
    "authorization_url": N_("Authorization URL"),
    "client_id": N_("Client ID"),
    "allowed_redirect_hosts": N_("Allowed hosts"),
    "allowed_origins": N_("Allowed origins"),
    "leeway": N_("Leeway in seconds"),
    "provisioning": N_("New people"),
    "sync_profile": N_("Keep the name up to date"),
    "sync_role": N_("Keep the role up to date"),
    "role_cap": N_("Highest role"),
    "admins_by_token": N_("Admins may sign in through your site"),
    "allowed_email_domains": N_("Only these e-mail domains"),
    "blocked_email_domains": N_("Never these e-mail domains"),
    "unsolicited": N_("Sign-ins that start on your site"),
    "authenticators": N_("Ways to sign in"),
    "result": N_("Result"),
    "session_idle_seconds": N_("Customers: seconds without activity"),
    "session_absolute_seconds": N_("Customers: seconds at most"),
    "staff_idle_seconds": N_("Team: seconds without activity"),
    "staff_absolute_seconds": N_("Team: seconds at most"),
    "log_days": N_("Days for which the sign-in log is kept"),
    "not_after": N_("Ends"),
    "sessions_ended": N_("Sessions that ended with it"),
}
AUDIT_VALUES = {
    **PROVISIONING,
    **UNSOLICITED,
    # What came of testing a draft.
    "signed_in": N_("The test passed"),
    **{code.value: code.headline for code in Code},
}

#: How the settings came to be as a revision has them.
REVISION_KINDS = {
    "first": N_("As it was before the first change"),
    "saved": N_("Saved"),
    "promoted": N_("Draft made live"),
    "rolled_back": N_("Earlier settings restored"),
    "file": N_("Changed by the operator"),
}
