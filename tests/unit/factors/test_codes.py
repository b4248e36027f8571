"""What people type, and what is kept of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.factors.codes import app_code, new_recovery_code, recovery_hash


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("123\u00a0456", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("١٢٣٤٥٦", None),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", None),
        ("", None),
    ],
)
def test_codes_of_an_app(typed: str, code: str | None) -> None:
    assert app_code(typed) == code


def test_recovery_codes_are_long_and_plain() -> None:
    codes = {new_recovery_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)
    assert not set("ILOU") & set("".join(codes))


def test_a_recovery_code_may_be_typed_as_it_is_read() -> None:
    kept = recovery_hash(7, "0K1P-M4XQ-90RT-B8WD")
    for typed in (
        "0k1p m4xq 90rt b8wd", "OKIP-M4XQ-9ORT-B8WD", "okLpm4xq90rtb8wd",
        "0K1P\u2013M4XQ\u201490RT\u2212B8WD\n",
    ):  # fmt: skip
        assert recovery_hash(7, typed) == kept
    assert recovery_hash(8, "0K1P-M4XQ-90RT-B8WD") != kept
    assert recovery_hash(7, "0K1P-M4XQ-90RT-B8WE") != kept


@given(st.text(max_size=40))
def test_anything_may_be_typed(text: str) -> None:
    hashed = recovery_hash(1, text)
    assert hashed is None or len(hashed) == 32
    code = app_code(text)
    assert code is None or (code.isascii() and len(code) == 6)
