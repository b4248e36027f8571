"""Tenants as files: `portal tenant apply FILE` and `portal tenant show SLUG`.

A file is TOML. Its tables belong to features, which register them as sections.
"""

from pyramid.config import Configurator

from portal.tenants.files import sections
from portal.tenants.files.document import TenantFileError
from portal.tenants.files.fields import (
    MASK,
    Choice,
    Field,
    Flag,
    Moment,
    Secret,
    SecretText,
    Text,
    Texts,
    Whole,
)
from portal.tenants.files.sections import Around, Problem, Record, Section, Work
from portal.tenants.files.service import Applied, TenantFiles, UnknownTenant
from portal.tenants.files.tenant_section import TenantSection

__all__ = [
    "MASK",
    "Applied",
    "Around",
    "Choice",
    "Field",
    "Flag",
    "Moment",
    "Problem",
    "Record",
    "Secret",
    "SecretText",
    "Section",
    "TenantFileError",
    "TenantFiles",
    "Text",
    "Texts",
    "UnknownTenant",
    "Whole",
    "Work",
]


def includeme(config: Configurator) -> None:
    """The directive with which features add their tables, and the table of the tenant itself."""
    sections.includeme(config)
    config.add_tenant_file_section(TenantSection())
