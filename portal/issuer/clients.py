"""The sites that sign their people in here, as RFC 6749 has clients."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin
from sqlalchemy import any_, select, update
from sqlalchemy.orm import Session

from portal.issuer.models import IssuerClient
from portal.tenants.models import Tenant
from portal.web.redirects import origin_of

#: What a client may ask to learn (OpenID Connect Core, 5.4, and our own `organisation`).
SCOPES = ("openid", "profile", "email", "organisation")
#: Hours for which the secret before the present one is still taken.
GRACE = 24
_TOUCH_AFTER = timedelta(minutes=1)


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret or a token: SHA-256, 32 bytes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Client(ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, row: IssuerClient) -> None:
        self.row = row

    @property
    def client_id(self) -> str:
        """Its public id."""
        return self.row.client_id

    @property
    def client_metadata(self) -> dict[str, Any]:
        """As RFC 7591 names it; what the logout endpoint reads."""
        return {"post_logout_redirect_uris": self.row.post_logout_redirect_uris}

    def get_client_id(self) -> str:
        """Its public id."""
        return self.row.client_id

    def get_default_redirect_uri(self) -> None:
        """None: OpenID Connect Core, 3.1.2.1, wants it named each time."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Those of the scopes asked for that there are; None when nothing was asked for."""
        asked = (scope or "").split()
        return " ".join(each for each in SCOPES if each in asked) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it was registered, letter for letter (RFC 9700, 4.1.3)."""
        return redirect_uri in self.row.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the secret, or the one before it while that still counts."""
        given, row = secret_hash(client_secret), self.row
        is_present = hmac.compare_digest(row.secret_hash or bytes(32), given)
        is_former = hmac.compare_digest(row.former_secret_hash or bytes(32), given)
        until = row.former_not_after
        return is_present or (is_former and until is not None and datetime.now(UTC) < until)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A client that can keep a secret always uses it (RFC 6749, 3.2.1)."""
        if self.row.kind == "public":
            return method == "none"
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        """The code flow alone (RFC 9700, 2.1.2)."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes, and refreshing what came of them."""
        return grant_type in ("authorization_code", "refresh_token")


class Clients:
    """The clients of one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def find(self, client_id: str) -> Client | None:
        """The client of that id, unless it is switched off."""
        if "\0" in client_id:
            return None
        row = self.db.get(IssuerClient, (self.tenant.id, client_id))
        return Client(row) if row is not None and row.disabled_at is None else None

    def at(self, redirect_uri: str) -> Client | None:
        """The one client that has this redirect URL; None when there is none, or several."""
        rows = self.db.scalars(
            select(IssuerClient)
            .where(
                IssuerClient.tenant_id == self.tenant.id,
                any_(IssuerClient.redirect_uris) == redirect_uri,
                IssuerClient.disabled_at.is_(None),
            )
            .limit(2)
        ).all()
        return Client(rows[0]) if len(rows) == 1 else None

    def browser_origins(self) -> set[str]:
        """Where applications run that are all in the browser: the origins of public clients."""
        rows = self.db.scalars(
            select(IssuerClient.redirect_uris).where(
                IssuerClient.tenant_id == self.tenant.id,
                IssuerClient.kind == "public",
                IssuerClient.disabled_at.is_(None),
            )
        )
        return {origin for uris in rows for uri in uris if (origin := origin_of(uri)) is not None}

    def all(self) -> Sequence[IssuerClient]:
        """Every client, by name."""
        return self.db.scalars(
            select(IssuerClient)
            .where(IssuerClient.tenant_id == self.tenant.id)
            .order_by(IssuerClient.name, IssuerClient.client_id)
        ).all()

    def create(
        self, name: str, redirect_uris: list[str], *, client_id: str = "", **values: Any
    ) -> IssuerClient:
        """A new client, without a secret yet; without an id, it is given one."""
        row = IssuerClient(
            tenant_id=self.tenant.id,
            client_id=client_id or f"site_{secrets.token_hex(8)}",
            name=name,
            redirect_uris=redirect_uris,
            **values,
        )
        self.db.add(row)
        self.db.flush()
        return row

    def make_secret(self, row: IssuerClient, *, grace: int = GRACE) -> str:
        """A new secret, to be shown once; the one before it is taken for `grace` hours more."""
        secret = secrets.token_urlsafe(32)
        row.former_secret_hash = row.secret_hash if grace else None
        row.former_not_after = (
            datetime.now(UTC) + timedelta(hours=grace) if row.former_secret_hash else None
        )
        row.secret_hash = secret_hash(secret)
        self.db.flush()
        return secret

    def used(self, row: IssuerClient) -> None:
        """Remember that somebody signs in there just now, at most once a minute."""
        now = datetime.now(UTC)
        self.db.execute(
            update(IssuerClient)
            .where(
                IssuerClient.tenant_id == self.tenant.id,
                IssuerClient.client_id == row.client_id,
                IssuerClient.last_used_at.is_(None)
                | (IssuerClient.last_used_at < now - _TOUCH_AFTER),
            )
            .values(last_used_at=now)
            .execution_options(synchronize_session=False)
        )
