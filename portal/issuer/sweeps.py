"""Which codes, tokens, grants and told sign-outs are over."""

from datetime import timedelta

from pyramid.config import Configurator

from portal.issuer import codes, tokens
from portal.issuer.models import IssuerCode, IssuerGrant, IssuerLogout, IssuerToken

#: So long can an admin look back at what a site was told.
_LOGOUTS_KEPT = timedelta(days=30)


def includeme(config: Configurator) -> None:
    """Register the sweeps."""
    config.add_sweep(IssuerCode, lambda now, _: IssuerCode.expires_at < now - codes.REMEMBERED)
    config.add_sweep(IssuerToken, lambda now, _: IssuerToken.expires_at < now - tokens.REMEMBERED)
    config.add_sweep(IssuerGrant, lambda now, _: IssuerGrant.created_at < now - tokens.GRANTS_KEPT)
    config.add_sweep(IssuerLogout, lambda now, _: IssuerLogout.created_at < now - _LOGOUTS_KEPT)
