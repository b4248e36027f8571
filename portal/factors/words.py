"""Words for what the audit log tells of second factors."""

from portal.web.i18n import N_

REQUIRED = {
    "nobody": N_("Nobody has to"),
    "admins": N_("Admins"),
    "staff": N_("Admins and agents"),
}
AUDIT_ACTIONS = {
    "factor.app_added": N_("Authenticator app added"),
    "factor.app_replaced": N_("Authenticator app replaced"),
    "factor.app_removed": N_("Authenticator app removed"),
    "factor.passkey_added": N_("Passkey added"),
    "factor.passkey_renamed": N_("Passkey renamed"),
    "factor.passkey_removed": N_("Passkey removed"),
    "factor.recovery_made": N_("Recovery codes made"),
    "factor.recovery_used": N_("Recovery code used"),
    "factor.reset": N_("Second factor reset"),
}
AUDIT_FIELDS = {"second_factor": N_("Who needs a second factor"), "passkey": N_("Passkey")}
AUDIT_VALUES = REQUIRED
