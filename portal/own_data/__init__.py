"""The download of everything that the portal keeps about a person."""

from pyramid.config import Configurator

from portal.factors.own_data import second_factors
from portal.security.own_data import sessions
from portal.signin.own_data import sign_ins
from portal.tickets.own_data import marks, tickets
from portal.web.i18n import N_


def includeme(config: Configurator) -> None:
    """The view, and the parts that rooms without an `includeme` of their own here bring."""
    for source in (sessions, sign_ins, second_factors, tickets, marks):
        config.add_own_data(source)
    config.add_audit_words({"person.downloaded": N_("Own data downloaded")}, {}, {})
    config.scan("portal.own_data")
