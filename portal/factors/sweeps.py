"""Which steps of a sign-in with two factors are over."""

from pyramid.config import Configurator

from portal.factors.models import PasskeyChallenge, SecondStep


def includeme(config: Configurator) -> None:
    """Register the sweeps."""
    config.add_sweep(PasskeyChallenge, lambda now, _: PasskeyChallenge.expires_at < now)
    config.add_sweep(SecondStep, lambda now, _: SecondStep.expires_at < now)
