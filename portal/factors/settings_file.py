"""The table [second_factor] of a tenant file."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator

from portal.factors.words import REQUIRED
from portal.tenants.files import Around, Choice, Field, Record, Section, Work


class SecondFactorSection(Section):
    """`[second_factor]`: who has to have one."""

    table = "second_factor"
    order = 32

    def fields(self, around: Around) -> Mapping[str, Field]:
        """One key."""
        return {"required": Choice(words=tuple(REQUIRED))}

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Change the setting."""
        for record in records:
            if "required" in record.values:
                values = {"second_factor": record.values["required"]}
                work.update(work.tenant, values, "signin.changed", "")

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The setting."""
        return [{"required": work.tenant.second_factor}]


def includeme(config: Configurator) -> None:
    """Register the table."""
    config.add_tenant_file_section(SecondFactorSection())
