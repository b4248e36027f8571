"""The database: base class, sessions, and the binding of a transaction to its tenant."""

import importlib

from pyramid.config import Configurator

from portal.db.base import DIRECTORY_TABLES, Base, Numbered, TenantScoped
from portal.db.session import (
    LISTENERS,
    TenantSession,
    binding,
    make_engine,
    make_sessionmaker,
    request_db,
    separate_transaction,
)

#: Every module that maps tables. Migrations and tests import them all through here.
MODEL_MODULES = (
    "portal.tenants.models",
    "portal.people.models",
    "portal.security.models",
    "portal.signin.models",
    "portal.factors.models",
    "portal.topics.models",
    "portal.tickets.models",
    "portal.search.models",
    "portal.tickets.week",
    "portal.tickets.counter_models",
    "portal.tickets.mark_models",
    "portal.saved_views.models",
    "portal.bulk.models",
    "portal.composer.models",
    "portal.macros.models",
    "portal.live.models",
    "portal.notifications.models",
    "portal.attachments.models",
    "portal.api.models",
    "portal.integration.models",
    "portal.issuer.models",
    "portal.openid.models",
)

__all__ = [
    "DIRECTORY_TABLES",
    "Base",
    "Numbered",
    "TenantScoped",
    "TenantSession",
    "binding",
    "import_models",
    "includeme",
    "make_engine",
    "make_sessionmaker",
    "separate_transaction",
]


def import_models() -> None:
    """Import every mapped class, so that `Base.metadata` is whole."""
    for name in MODEL_MODULES:
        importlib.import_module(name)


def includeme(config: Configurator) -> None:
    """Give requests `db`, and the registry its engine."""
    import_models()
    settings = config.registry["portal.settings"]
    engine = make_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        statement_timeout_ms=settings.database_statement_timeout_ms,
    )
    config.registry["db.engine"] = engine
    config.registry[LISTENERS] = []
    config.registry["db.sessionmaker"] = make_sessionmaker(engine, config.registry[LISTENERS])
    config.add_request_method(request_db, "db", reify=True)
