"""The two sites of `examples/two-sites`, started beside a portal that is served."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.issuer.clients import Clients
from portal.issuer.models import IssuerClient
from tests.factories import World
from tests.functional.examples.samples import Running, Sample, running
from tests.ports import free_port

TWO_SITES = Sample("two-sites", (sys.executable, "app.py"))


@contextmanager
def one_site(world: World, portal: str, name: str, folder: Path) -> Iterator[Running]:
    """One of the sites, registered at the tenant and started."""
    tenant = world.seed.tenant
    with world.factory.session(tenant.id) as db:
        clients = Clients(db, tenant)
        row = clients.create(name, ["https://not-yet.test/"])
        client_id, secret = row.client_id, clients.make_secret(row)
    port = free_port()  # the site's address is registered before it listens there
    environment = {
        "SITE_NAME": name,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "PORTAL_URL": f"{portal}{world.url('')}",
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": secret,
    }
    copied = TWO_SITES.copy(folder / client_id)
    with running(TWO_SITES, copied, environment) as site:
        with world.factory.session(tenant.id) as db:
            row = db.get_one(IssuerClient, (tenant.id, client_id))
            row.redirect_uris = [site.url("/signed-in")]
        yield site
