"""Metadata and keys are kept for a while, and fetched anew when they must be."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from portal.openid.directory import KEPT, REFETCH, SILENT, Directory
from portal.outgoing import OutgoingClient
from portal.outgoing.addresses import Allowed
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from tests.functional.openid.provider import Provider, new_key, running


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(clock: Clock) -> Directory:
    return Directory(OutgoingClient(Allowed(networks=(ip_network("127.0.0.1"),))), clock)


def test_a_document_is_fetched_once_an_hour(
    directory: Directory, clock: Clock, provider: Provider
) -> None:
    first = directory.metadata(provider.issuer)
    assert directory.metadata(provider.issuer) is first
    clock.now += KEPT
    assert directory.metadata(provider.issuer) is not first
    directory.metadata(provider.issuer, fresh=True)
    assert provider.calls == ["/.well-known/openid-configuration"] * 3


def test_an_unknown_key_leads_to_one_fetch_in_half_a_minute(
    directory: Directory, clock: Clock, provider: Provider
) -> None:
    def known(kid: str) -> bool:
        return any(key.kid == kid for key in directory.keys(metadata, kid).keys)

    metadata = directory.metadata(provider.issuer)
    assert known("first")
    provider.keys = [new_key("second")]
    assert known("second")
    provider.keys = [new_key("third")]
    assert not known("third")
    assert not known("fourth")
    clock.now += REFETCH
    assert known("third")
    assert provider.calls.count("/jwks") == 3


def test_what_fails_is_asked_again(directory: Directory, provider: Provider) -> None:
    provider.status = 503
    with pytest.raises(Refusal) as caught:
        directory.metadata(provider.issuer)
    assert caught.value.code is Code.PROVIDER_UNREACHABLE
    provider.status = 404
    with pytest.raises(Refusal) as caught:
        directory.metadata(provider.issuer)
    assert caught.value.code is Code.PROVIDER_MISCONFIGURED
    provider.status = 200
    assert directory.metadata(provider.issuer).issuer == provider.issuer


def test_whoever_gives_no_answer_is_left_alone_for_a_moment(
    directory: Directory, clock: Clock, provider: Provider
) -> None:
    def ask(*, fresh: bool = False) -> str:
        try:
            return directory.metadata(provider.issuer, fresh=fresh).issuer
        except Refusal as refusal:
            return refusal.code

    provider.is_silent = True
    assert ask() == Code.PROVIDER_UNREACHABLE
    provider.is_silent = False
    assert ask() == Code.PROVIDER_UNREACHABLE
    assert len(provider.calls) == 1
    # An admin who tries it is not kept waiting.
    assert ask(fresh=True) == provider.issuer

    clock.now += KEPT
    provider.is_silent = True
    assert ask() == Code.PROVIDER_UNREACHABLE
    provider.is_silent = False
    clock.now += SILENT
    assert ask() == provider.issuer
