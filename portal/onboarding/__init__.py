"""The first steps of a new tenant, on the home page of its admins."""

from pyramid.config import Configurator

from portal.onboarding.steps import first_steps_section


def includeme(config: Configurator) -> None:
    """The section of the home page, and the button that puts it away."""
    config.add_home_section(first_steps_section, 10)
    config.scan("portal.onboarding")
