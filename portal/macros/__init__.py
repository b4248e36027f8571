"""Macros: canned replies and notes with variables, and the field changes that go with them."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    # By name: the forms of tickets need a part of this room, and this room needs those forms.
    config.include("portal.macros.registration")
