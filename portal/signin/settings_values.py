"""A tenant's sign-in settings as plain values by name: what drafts and revisions hold.

They stand in two rows, the tenant's own and its sign-in configuration. Keys are not among them,
nor is how long the log is kept: neither can be tried, or gone back to.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from portal.signin.models import SsoConfig
from portal.tenants.audit import Changes
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message

#: By the settings' names, as JSON holds them.
Values = dict[str, Any]

#: Settings that are columns of the tenant's own row.
OF_TENANT = ("authenticators", "company_id", "account_id")
OF_CONFIG = tuple(
    column.name
    for column in SsoConfig.__table__.columns
    if column.name not in ("tenant_id", "log_days")
)
NAMES = (*OF_CONFIG, *OF_TENANT)


def read(config: SsoConfig, tenant: Tenant) -> Values:
    """The settings as the two rows have them."""
    values = {name: getattr(config, name) for name in OF_CONFIG}
    values |= {name: getattr(tenant, name) for name in OF_TENANT}
    return {
        name: list(value) if isinstance(value, list) else value for name, value in values.items()
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """What differs, `{name: [before, after]}`, in a stable order.

    A name that one of them lacks is from another version of this program, and no difference.
    """
    return {
        name: [before[name], after[name]]
        for name in NAMES
        if name in before and name in after and before[name] != after[name]
    }


def fingerprint(values: Mapping[str, Any]) -> str:
    """Tells whether two sets of values are the same: a SHA-256 in hexadecimal."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def as_config(values: Mapping[str, Any]) -> SsoConfig:
    """The values as a row that is in no session, and never will be."""
    return SsoConfig(**{name: values[name] for name in OF_CONFIG})


def contradictions(values: Mapping[str, Any]) -> list[Message]:
    """What does not fit together. Each form sees to its own fields; parts of a draft and changes
    that others made in the meantime have never been in one form."""
    found = []
    if values["primary_dialect"] and values["primary_dialect"] not in values["dialects"]:
        found.append(N_("The dialect of the sign-in link is not among the dialects that are on."))
    for who in ("session", "staff"):
        if values[f"{who}_idle_seconds"] > values[f"{who}_absolute_seconds"]:
            found.append(
                N_("Sessions would last longer without activity than they may last in all.")
            )
            break
    return found
