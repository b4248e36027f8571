"""Secrets at rest."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.security.secrets import SecretBox, SecretError

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


@given(st.binary(max_size=2000))
def test_what_is_sealed_opens_again(secret: bytes) -> None:
    box = SecretBox(KEY)
    assert box.open(box.seal(secret, tenant_id=7, row="a"), tenant_id=7, row="a") == secret


def test_the_same_secret_is_never_sealed_alike() -> None:
    box = SecretBox(KEY)
    assert len({box.seal(b"x" * 40, tenant_id=1, row="a") for _ in range(50)}) == 50


def test_the_secret_is_not_in_what_is_stored() -> None:
    secret = secrets.token_bytes(32)
    assert secret not in SecretBox(KEY).seal(secret, tenant_id=1, row="a")


@pytest.mark.parametrize(("tenant_id", "row"), [(2, "a"), (1, "b"), (1, "a "), (1, ""), (256, "a")])
def test_it_opens_for_its_own_tenant_and_row_alone(tenant_id: int, row: str) -> None:
    sealed = SecretBox(KEY).seal(b"secret", tenant_id=1, row="a")
    with pytest.raises(SecretError):
        SecretBox(KEY).open(sealed, tenant_id=tenant_id, row=row)


def test_every_changed_byte_is_noticed() -> None:
    box = SecretBox(KEY)
    sealed = box.seal(b"secret", tenant_id=1, row="a")
    for position in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(SecretError):
            box.open(bytes(damaged), tenant_id=1, row="a")


@given(st.binary(max_size=64))
def test_junk_does_not_open_and_raises_nothing_else(junk: bytes) -> None:
    with pytest.raises(SecretError):
        SecretBox(KEY).open(junk, tenant_id=1, row="a")


def test_the_master_key_can_be_changed() -> None:
    old = SecretBox(KEY).seal(b"secret", tenant_id=1, row="a")
    both = SecretBox(OTHER, former_keys=[KEY])
    assert both.open(old, tenant_id=1, row="a") == b"secret"
    assert not both.is_current(old)
    new = both.seal(b"secret", tenant_id=1, row="a")
    assert both.is_current(new)
    assert SecretBox(OTHER).open(new, tenant_id=1, row="a") == b"secret"
    with pytest.raises(SecretError):
        SecretBox(OTHER).open(old, tenant_id=1, row="a")
