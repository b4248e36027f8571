"""What the audit log calls changes of providers."""

from portal.openid.forms import AUDIENCES
from portal.web.i18n import N_

AUDIT_ACTIONS = {
    "openid.provider_added": N_("Sign-in provider added"),
    "openid.provider_changed": N_("Sign-in provider changed"),
    "openid.provider_removed": N_("Sign-in provider removed"),
    "openid.provider_disabled": N_("Sign-in provider switched off"),
    "openid.provider_enabled": N_("Sign-in provider switched on"),
    "openid.secret_changed": N_("Secret of a sign-in provider replaced"),
}
AUDIT_FIELDS = {
    "issuer": N_("Issuer"),
    "client_id": N_("Client ID"),
    "scopes": N_("Scopes"),
    "audience": N_("Whom it signs in"),
    "provisioning": N_("Who may come"),
    "email_domains": N_("Only addresses of these domains"),
    "trust_email": N_("E-mail addresses are trusted"),
    "group_claim": N_("Claim that lists the groups"),
    "group_roles": N_("Roles of groups"),
    "admins": N_("It may sign in admins"),
    "signs_out": N_("Who signs out here signs out there as well"),
    "position": N_("Place on the sign-in page"),
}
AUDIT_VALUES = AUDIENCES
